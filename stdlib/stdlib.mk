# Part of the Makefile: the library's parts. A part NAME is what stdlib/NAME/*.ac and *.c are compiled to, $(B)/libasyncc_NAME.a; its headers are in
# stdlib/include. It is built when the library is there that it stands on, and the parts that it needs are; `asyncc --features` tells.
#
#   NAME_PC      what pkg-config calls its library; or
#   NAME_HEADER  a header of a library that pkg-config doesn't know, and NAME_L, how it is linked
#   NAME_DEBIAN  the package that has it
#   NAME_NEEDS   parts that it can't do without
#   NAME_WITH    parts that it uses where they are built; then ASYNCC_WITH_PART is defined
#   NAME_WORDS   how its functions' names begin, for the message to a program that uses it where it isn't built; async_NAME_ by default
#   NAME_TITLE   what it is

# In this order: a part stands on earlier ones.
ALL_PARTS := std cares dns tls json http http2 client websocket postgres redis sqlite
PARTS     := std $(foreach p,$(filter-out std,$(ALL_PARTS)),$(if $(wildcard stdlib/$(p)/*.ac stdlib/$(p)/*.c),$(p)))

std_TITLE = streams of bytes, files, processes, signals, terminals

cares_TITLE  = names of hosts by c-ares
cares_PC     = libcares
cares_DEBIAN = libc-ares-dev

dns_TITLE = names of hosts
dns_WITH  = cares

tls_TITLE  = TLS on OpenSSL
tls_PC     = openssl >= 3.0
tls_DEBIAN = libssl-dev

http_TITLE  = HTTP/1.1 servers on http-parser
http_HEADER = http_parser.h
http_L      = -lhttp_parser
http_DEBIAN = libhttp-parser-dev
http_WITH   = tls

http2_TITLE  = HTTP/2 on nghttp2
http2_PC     = libnghttp2
http2_DEBIAN = libnghttp2-dev
http2_NEEDS  = http
http2_WITH   = tls

client_TITLE  = HTTP clients on libcurl
client_PC     = libcurl
client_DEBIAN = libcurl4-openssl-dev
client_WITH   = json
client_WORDS  = async_http_get async_http_post async_http_fetch async_http_response_ async_http_transfer_ async_http_client_ async_sse_

json_TITLE  = JSON on Jansson
json_PC     = jansson
json_DEBIAN = libjansson-dev

websocket_TITLE  = WebSocket on wslay
websocket_HEADER = wslay/wslay.h
websocket_L      = -lwslay
websocket_DEBIAN = libwslay-dev
websocket_WITH   = http tls

postgres_TITLE  = PostgreSQL on libpq
postgres_PC     = libpq
postgres_DEBIAN = libpq-dev
postgres_NEEDS = dns

redis_TITLE  = Redis on hiredis
redis_PC     = hiredis
redis_DEBIAN = libhiredis-dev
redis_WITH   = tls

sqlite_TITLE  = SQLite
sqlite_PC     = sqlite3
sqlite_DEBIAN = libsqlite3-dev

# --- which of them can be built -----------------------------------------------------------------------------------------------

# What the C compiler and the linker are told for a part's library; empty where it isn't there.
part_flags = $(if $($(1)_PC),$(shell pkg-config --cflags --libs '$($(1)_PC)' 2>/dev/null),$(if $($(1)_HEADER),$(shell \
	echo '\#include <$($(1)_HEADER)>' | $(CC) -E -x c - >/dev/null 2>&1 && echo $($(1)_L))))
$(foreach p,$(PARTS),$(eval $(p)_FLAGS := $(call part_flags,$(p))))
$(foreach p,$(PARTS),$(eval $(p)_SOURCES := $(sort $(wildcard stdlib/$(p)/*.ac stdlib/$(p)/*.c))))
part_found = $(if $($(1)_SOURCES),$(if $($(1)_PC)$($(1)_HEADER),$($(1)_FLAGS),yes))
part_ok    = $(and $(call part_found,$(1)),$(if $(strip $(foreach n,$($(1)_NEEDS),$(if $(call part_ok,$(n)),,missing))),,yes))
BUILT    := $(foreach p,$(PARTS),$(if $(call part_ok,$(p)),$(p)))
ARCHIVES := $(BUILT:%=$(B)/libasyncc_%.a)

all: $(ARCHIVES)

# PART(name, built, libraries, package, parts, words, title) for the asyncc command (driver/parts.c); written when it isn't what stands there.
define newline


endef
part_line = PART("$(1)", $(if $(filter $(1),$(BUILT)),1,0), "$(filter -l% -L%,$($(1)_FLAGS))", "$($(1)_DEBIAN)", "$(strip \
	$(filter-out std,std $($(1)_NEEDS) $($(1)_WITH)))", "$(or $($(1)_WORDS),async_$(1)_)", "$($(1)_TITLE)")
parts_def := $(subst $(newline) ,$(newline),$(foreach p,$(PARTS),$(call part_line,$(p))$(newline)))
$(GEN)/driver/parts.def: | build/packages
	$(call if_changed,printf '%s\n' $(foreach p,$(PARTS),'$(call part_line,$(p))');)
ifneq ($(file <$(GEN)/driver/parts.def)$(newline),$(parts_def))
.PHONY: $(GEN)/driver/parts.def
endif

$(B)/driver/parts.o: $(GEN)/driver/parts.def

# --- building them ------------------------------------------------------------------------------------------------------------

STDLIB_FLAGS = -std=gnu11 -Wall -Wextra $(if $(DEVELOPER),-Werror) $(CFLAGS) $(SAN) -fPIC -I. -Irt/include -Istdlib/include

part_with = $(foreach w,$($(1)_WITH),$(if $(filter $(w),$(BUILT)),-DASYNCC_WITH_$(w)))

define part_rules
$(B)/libasyncc_$(1).a: $(patsubst %,$(B)/%.o,$(basename $($(1)_SOURCES)))
	@rm -f $$@
	$$(call say,AR)$$(AR) rcs $$@ $$^

# -MD: for asyncc the library's own headers are the system's.
$(B)/stdlib/$(1)/%.o: stdlib/$(1)/%.ac $(B)/asyncc Makefile stdlib/stdlib.mk
	@mkdir -p $$(@D)
	$$(call say,ASYNCC)CC="$$(CC)" $(B)/asyncc $$(STDLIB_FLAGS) $(call part_with,$(1)) $(filter-out -l% -L%,$($(1)_FLAGS)) -MD -MP -c -o $$@ $$<

$(B)/stdlib/$(1)/%.o: stdlib/$(1)/%.c Makefile stdlib/stdlib.mk | build/packages
	@mkdir -p $$(@D)
	$$(call say,CC)$$(COMPILE) -fPIC -Istdlib/include $(call part_with,$(1)) $(filter-out -l% -L%,$($(1)_FLAGS)) -c -o $$@ $$<
endef
$(foreach p,$(BUILT),$(eval $(call part_rules,$(p))))
