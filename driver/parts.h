/* The library's parts: which of them a program uses, and what is linked for them. A part is an archive beside the runtime's and the libraries that it
 * stands on; stdlib/stdlib.mk has the list. */
#ifndef ASYNCC_DRIVER_PARTS_H
#define ASYNCC_DRIVER_PARTS_H

#include "driver/options.h"

/* Sets of parts: bits, in the order of the list. */
typedef unsigned parts_set;

/* The parts whose functions are named in the text of an object or archive: by the names that their archives define; of parts that aren't there, by how
 * their names begin. */
parts_set parts_named(const char *data, size_t size);
/* The parts of a list "http,tls"; "all": those that are built. False after a message. */
bool parts_parse(const char *list, parts_set *set);
/* The set with the parts that its parts stand on, and the one that has no library of its own; those alone that are built. */
parts_set parts_closure(parts_set set);
/* Archives, the libraries as linker options, and those members of the set that aren't built, one message a line. */
void parts_archives(struct args *a, parts_set set);
void parts_libraries(struct args *a, parts_set set);
void parts_explain_missing(parts_set set);
/* "tls", for the archive libasyncc_tls.a, of each in the set. */
void parts_names(struct args *a, parts_set set);
/* --features: all parts, and why some aren't built. */
void print_features(void);
/* install.c: --libs, with those parts. */
void print_libs(parts_set set);

#endif
