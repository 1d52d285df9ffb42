" asyncc: C with async functions. No word is reserved in the dialect, so words count where they stand as it uses them.
if exists('b:current_syntax')
	finish
endif
runtime! syntax/c.vim
unlet! b:current_syntax

" async fn, async nursery { }, async for (...), async { }, async |int x| { }
syntax match asynccKeyword "\<async\>\ze\s*\%(\<fn\>\|\<nursery\>\|\<join\>\|\<select\>\|\<shield\>\|\<for\>\|[{|]\)"
syntax match asynccKeyword "\%(\<async\s\+\)\@<=\%(fn\|nursery\|join\|select\|shield\)\>"
syntax match asynccKeyword "\<nursery\ze\s*{"
syntax match asynccKeyword "^\s*\zs\%(defer\|yield\)\>\ze[^=.]"
syntax match asynccKeyword "\<\%(block_on\|spawn_blocking\|async_spawn\|async_spawn_named\|future_drop\|closure_drop\)\>\ze\s*[({]"
syntax match asynccAwait "\%(\.\s*\)\@<=await\>"
syntax match asynccKeyword "\%(\%(\.\|->\)\s*\)\@<=\%(async_spawn\|spawn\)\>\ze\s*[({]"
syntax match asynccResult "\<\%(ok\|err\)\ze\s*("
syntax match asynccType "\<\%(task\|future\|result\|chan\|stream\)\ze\s*(\s*\h"
syntax keyword asynccType _Task _Future _Result _Chan _Stream
syntax keyword asynccResult _Ok _Err
syntax match asynccTry "\%()\|\<await\)\@<=?\ze\s*[;,)\]:.-]"
syntax match asynccConstant "\<ASYNC_[A-Z0-9_]\+\>"
syntax match asynccFunction "\%(\<async\s\+fn\s\+\)\@<=\h\w*"

highlight default link asynccKeyword Statement
highlight default link asynccAwait Statement
highlight default link asynccResult Statement
highlight default link asynccTry Operator
highlight default link asynccType Type
highlight default link asynccConstant Constant
highlight default link asynccFunction Function

let b:current_syntax = 'asyncc'
