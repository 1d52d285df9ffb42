# Rules of make for sources in the dialect. In a makefile:
#
#   include $(shell asyncc --makefile)
#   server: server.o util.o
#   	$(LINK.ac) $^ $(LDLIBS) -o $@
#
#   stats.h: stats.ac                   (for C and C++)
#   	$(HEADER.ac)$@ $<
#   client.o: stats.h                   (client.c includes it)
#   client.o: CPPFLAGS += $(ASYNCC_CFLAGS)
#
# %.o and %.c are made from %.ac, again when a header changes. CPPFLAGS, CFLAGS, LDFLAGS mean what they mean for C; ACFLAGS is for asyncc
# alone. ASYNCC_CFLAGS compiles generated C and what includes a generated header, ASYNCC_LIBS links it; with ASYNCC_PARTS = tls,http the
# parts of the library that it uses, which LINK.ac finds by itself. `make compile_commands.json` tells clangd how the C that is generated
# from the sources of ASYNCC_SOURCES (by default *.ac) is compiled.

ifndef ASYNCC_MK
ASYNCC_MK := $(lastword $(MAKEFILE_LIST))
# Its including makefile's first target stays the default one.
asyncc_default := $(.DEFAULT_GOAL)

ASYNCC         ?= asyncc
ASYNCC_SOURCES ?= $(wildcard *.ac)
ASYNCC_CFLAGS  := $(shell $(ASYNCC) --cflags)
ASYNCC_LIBS    := $(shell $(ASYNCC) --libs$(if $(ASYNCC_PARTS),=$(ASYNCC_PARTS)))

COMPILE.ac = $(ASYNCC) $(ACFLAGS) $(CPPFLAGS) $(CFLAGS) -c
HEADER.ac  = $(ASYNCC) $(ACFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d --emit-header=
LINK.ac    = $(ASYNCC) $(ACFLAGS) $(CFLAGS) $(LDFLAGS)

%.o: %.ac
	$(COMPILE.ac) -MMD -MP -MF $*.d $< -o $@

%.c: %.ac
	$(ASYNCC) $(ACFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $*.c.d --emit-c=$@ $<

asyncc_generated = $(ASYNCC_SOURCES:.ac=.c)
asyncc_comma     := ,
asyncc_string    = $(subst ",\",$(subst \,\\,$(1)))
compile_commands.json: $(asyncc_generated) $(MAKEFILE_LIST)
	$(file >$@,[)$(foreach f,$(asyncc_generated),$(file >>$@,$(if $(filter-out $(firstword $(asyncc_generated)),$(f)),$(asyncc_comma),) \
		{"directory": "$(CURDIR)", "file": "$(f)", "command": "$(call asyncc_string,$(CC) -iquote $(dir $(f)) $(CPPFLAGS) $(CFLAGS) $(ASYNCC_CFLAGS) -c $(f))"}))$(file >>$@,])
	@:

-include $(ASYNCC_SOURCES:.ac=.d) $(ASYNCC_SOURCES:.ac=.c.d) $(ASYNCC_SOURCES:.ac=.h.d)
.DEFAULT_GOAL := $(asyncc_default)
endif
