" Files in asyncc's dialect of C. (configure.ac is Autoconf's.)
autocmd BufNewFile,BufRead *.ac if expand('<afile>:t') !=# 'configure.ac' | set filetype=asyncc | endif
autocmd BufNewFile,BufRead *.ah set filetype=asyncc
