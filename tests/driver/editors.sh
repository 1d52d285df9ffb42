# Vim colours the dialect's words where they are the dialect's, and nowhere else; the grammar for VS Code has the same words.
grammar=$ROOT/editors/vscode/syntaxes/asyncc.tmLanguage.json
for word in $(grep -o '\\<\\%([a-z_\\|]*\\)\|\\%([a-z]*\\|[a-z\\|]*\\)' "$ROOT/editors/vim/syntax/asyncc.vim" | grep -o '[a-z][a-z_]*' | sort -u); do
	grep -q "\b$word\b" "$grammar" || die "the grammar lacks '$word'"
done
if command -v python3 >/dev/null; then
	for file in "$ROOT"/editors/vscode/*.json "$grammar"; do
		python3 -m json.tool "$file" >/dev/null || die "$file is no JSON"
	done
fi
if ! vim --version 2>/dev/null | grep -q '+syntax'; then
	echo 'vim is not installed, or has no colours'
	exit 77
fi
cat >sample.ac <<'EOT'
static async fn greet(const char *name) -> result(int)
{
	defer puts(name);
	future(int) f = async { return g(1).await; };
	async nursery { |n|
		n.async_spawn(greet("a"));
	}
	int x = f.await?;
	return x ? ok(x) : err(ASYNC_EIO);
	int async = 1, defer = await + chan, ok = err;
}
EOT
cat >show.vim <<EOT
set nocompatible
set runtimepath^=$ROOT/editors/vim
filetype plugin indent on
syntax on
edit sample.ac
let lines = [&filetype]
for number in range(1, line('\$'))
	let words = ''
	for column in range(1, len(getline(number)))
		let name = synIDattr(synID(number, column, 1), 'name')
		if name =~ '^asyncc'
			let words .= getline(number)[column - 1]
		elseif words !~ ' \$'
			let words .= ' '
		endif
	endfor
	call add(lines, trim(words))
endfor
call writefile(lines, 'coloured')
qa!
EOT
timeout 60 vim -es -u NONE -S show.vim </dev/null >/dev/null 2>&1 || die 'vim failed'
cat >expected <<'EOT'
asyncc
async fn greet result

defer
future async await
async nursery
async_spawn

await?
ok err ASYNC_EIO


EOT
diff expected coloured
