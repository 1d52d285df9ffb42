" What C files have: comments, indentation, includes; and asyncc for :make.
if exists('b:did_ftplugin')
	finish
endif
runtime! ftplugin/c.vim
setlocal cindent
setlocal makeprg=asyncc\ -fsyntax-only\ %:S
let b:undo_ftplugin = (exists('b:undo_ftplugin') ? b:undo_ftplugin . ' | ' : '') . 'setlocal cindent< makeprg<'
