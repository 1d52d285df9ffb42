/* The public names of asyncc's library and the headers that declare them, for messages. The table is made from the headers (library_names.awk). */
#ifndef ASYNCC_BASE_LIBRARY_NAMES_H
#define ASYNCC_BASE_LIBRARY_NAMES_H

/* "asyncc/net.h" for "async_tcp_read"; NULL where `name` is none of the library's. */
const char *library_header(const char *name);

#endif
