int numbers[] = {0x1Fu, 0b101, 0777L, 1e+5, 0x1.8p-3f, .5, 1.i, 10wb, 1'000};
const void *strings[] = {"a\"b", u8"u", L"w" U"x", 'c', L'\'', '\\'};
a ->b ... ++ -- <<= >>= != && || <% %> <: :> $dollar \u00e9t\u00e9
#pragma GCC poison x
R"d(raw )" )d"
