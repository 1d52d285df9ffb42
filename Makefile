# asyncc: the compiler, its runtime, samples and tests. `make` lists the targets.
#
#   make all                            build/release/asyncc and libasyncc.a
#   make all CC=clang                   build/release-clang/
#   make all SANITIZE=address,undefined build/sanitize/ (gcc), build/sanitize-clang/; SANITIZE=thread: build/tsan/
#   make all DEVELOPER=1                warnings are errors
#   make all V=1                        shows whole commands

CC       = gcc
AR       = ar
FLEX     = flex
BISON    = bison
OPT      = -O2
CFLAGS   = $(OPT) -g
PREFIX  ?= /usr/local
prefix   = $(PREFIX)
VERSION := 0.1.0

# --- where things are built ---------------------------------------------------------------------------------------------------

CC_NAME := $(notdir $(lastword $(CC)))
MODE    := $(if $(SANITIZE),$(if $(findstring thread,$(SANITIZE)),tsan,sanitize),release)$(if $(filter-out cc gcc,$(CC_NAME)),-$(CC_NAME))
B       := build/$(MODE)
GEN     := build/gen

WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter $(if $(DEVELOPER),-Werror)
SAN      = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
COMPILE  = $(CC) -std=gnu11 $(WARN) $(CFLAGS) $(SAN) -I. -Irt/include -I$(GEN) -MMD -MP
UV_CFLAGS := $(shell pkg-config --cflags libuv 2>/dev/null)
UV_LIBS   := $(shell pkg-config --libs libuv 2>/dev/null || echo -luv)
UV_STATIC := $(shell pkg-config --libs --static libuv-static 2>/dev/null || echo $(UV_LIBS))
MULTIARCH := $(shell gcc -print-multiarch 2>/dev/null)

PASSES   := $(sort $(wildcard frontend/*/*.c lower/*/*.c))
DRIVER   := $(sort $(wildcard driver/*.c))
GRAMMAR  := $(patsubst %.y,$(GEN)/%.c,$(wildcard frontend/parse/parser.y)) \
            $(patsubst %.l,$(GEN)/%.c,$(wildcard frontend/lex/lexer.l))
OBJECTS  := $(PASSES:%.c=$(B)/%.o) $(GRAMMAR:$(GEN)/%.c=$(B)/gen/%.o)
RUNTIME  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard rt/*.c)))

# `make V=1` shows whole commands.
say = $(if $(V),,@echo '  $(1) $@' && )
# $(call if_changed,COMMANDS;): what they print goes to $@, which stays as it is, and what is made of it, if that is there already. Two makes may be at it.
if_changed = @mkdir -p $(@D); new=$@.$$$$; { $(1) } >$$new && { cmp -s $$new $@ && rm $$new || mv $$new $@; }

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: help all amalgamation run check bench bless install uninstall fuzz differential stress wild lint format clean tests sanitized

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile cmake/install.mk

all: $(B)/asyncc $(B)/libasyncc.a ## build the compiler, the runtime and the library's parts

amalgamation: build/amalgamation/asyncc.c ## build/amalgamation/asyncc.c and .h: the runtime for projects that carry it along

build/amalgamation/asyncc.c: rt/amalgamate.sh $(wildcard rt/*.[ch] rt/*.def rt/include/*.h rt/include/asyncc/*.h) Makefile
	$(call say,WRITE)rt/amalgamate.sh $(@D) $(VERSION)

run: all ## build the samples; wc on every header of /usr/include, then the echo server and a client
	@samples/run.sh $(B)/asyncc $(B)/samples

check: tests sanitized ## all tests; the last line counts them
	BUILD=$(B) tests/run.sh -j 2

bless: tests sanitized ## accept what the tests print now; read it with git diff
	BUILD=$(B) tests/run.sh -j 2 -b

bench: all ## measure speed, memory and frame sizes
	BUILD=$(B) tests/bench/run.sh

N = 200
SEEDS = 2000
differential: tests ## N=: compare N generated programs, made async, with gcc's
	BUILD=$(B) tests/differential/run.sh $(N)

stress: tests sanitized ## SEEDS=: the concurrency tests under so many schedules, cancellations and failing allocations
	BUILD=$(B) STRESS=1 SEEDS=$(SEEDS) SWEEP=200 tests/run.sh -j 2 schedules

wild: all ## build zlib, Lua, SQLite, Redis, nginx, Git and CPython from Debian's sources with CC="asyncc -x ac"
	BUILD=$(B) tests/wild/run.sh

fuzz: all ## fuzz the front end and the parsers of the library with libFuzzer (needs clang; TIME= seconds each)
	for target in front_end http websocket client readers redis json; do tests/fuzz/run.sh $(or $(TIME),60) $$target || exit 1; done

lint: ## check layering, headers and formatting rules
	BUILD=$(B) tests/run.sh lint

format: ## format the sources with clang-format
	clang-format -i $(wildcard frontend/*/*.[ch] lower/*.h lower/*/*.[ch] driver/*.[ch] rt/*.[ch] rt/include/*.h rt/include/asyncc/*.h)

clean: ## remove what was built
	rm -rf build

# --- programs and archives ----------------------------------------------------------------------------------------------------

# Packages that are missing are installed first (or named, where that isn't allowed).
build/packages: .ci/setup
	@.ci/setup
	@mkdir -p $(@D)
	@touch $@

$(B)/asyncc: $(DRIVER:%.c=$(B)/%.o) $(B)/libpasses.a
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) -o $@ $^

# Everything but the driver, for asyncc itself, the unit tests and the fuzz target.
$(B)/libpasses.a: $(OBJECTS)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(B)/libasyncc.a: $(RUNTIME)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(B)/rt/%.o: rt/%.c Makefile | build/packages
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -fPIC $(UV_CFLAGS) -c -o $@ $<

$(B)/driver/%.o: driver/%.c Makefile | build/packages
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -DASYNCC_VERSION='"$(VERSION)"' -DASYNCC_UV_LIBS='"$(UV_LIBS)"' -DASYNCC_UV_STATIC_LIBS='"$(UV_STATIC)"' -DASYNCC_MULTIARCH='"$(MULTIARCH)"' -c -o $@ $<

# These include what bison and flex generate.
$(filter $(B)/frontend/lex/% $(B)/frontend/parse/%,$(OBJECTS)): | $(GRAMMAR)

$(B)/%.o: %.c Makefile | build/packages
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -c -o $@ $<

# The names that the library's headers declare.
list_names := awk -f frontend/base/library_names.awk $(wildcard rt/include/*.h rt/include/asyncc/*.h stdlib/include/asyncc/*.h)
$(GEN)/frontend/base/library_names.def:
	$(call if_changed,$(list_names);)
ifneq ($(shell $(list_names) | cmp -s - $(GEN)/frontend/base/library_names.def || echo changed),)
.PHONY: $(GEN)/frontend/base/library_names.def
endif

$(B)/frontend/base/library_names.o: $(GEN)/frontend/base/library_names.def

# bison and flex write code that these warnings were not made for.
$(B)/gen/%.o: $(GEN)/%.c Makefile | $(GRAMMAR)
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -Wno-unused-function -Wno-sign-compare -Wno-missing-prototypes -Wno-shadow -c -o $@ $<

$(GEN)/frontend/parse/parser.c: frontend/parse/parser.y | build/packages
	@mkdir -p $(@D)
	$(call say,BISON)$(BISON) -Wall -Wno-yacc --defines=$(@:.c=.h) -o $@ $<

$(GEN)/frontend/lex/lexer.c: frontend/lex/lexer.l | build/packages
	@mkdir -p $(@D)
	$(call say,FLEX)$(FLEX) --header-file=$(@:.c=.h) -o $@ $<

# --- tests --------------------------------------------------------------------------------------------------------------------

# A unit test is a program of its own: tests/unit/NAME.c. Those of the runtime are called rt_*.
UNIT  := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/*.c)))
CHECK  = $(shell pkg-config --cflags --libs check 2>/dev/null || echo -lcheck -lsubunit -lrt -lm -lpthread)

TOOLS := $(patsubst tests/tools/%.c,$(B)/tests/tools/%,$(sort $(wildcard tests/tools/*.c)))

tests: all $(UNIT) $(TOOLS)

$(B)/tests/tools/%: tests/tools/%.c $(B)/libpasses.a Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -o $@ $< $(B)/libpasses.a

$(B)/tests/unit/%: tests/unit/%.c $(B)/libpasses.a $(B)/libasyncc.a Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -Wno-missing-prototypes -o $@ $< $(B)/libpasses.a $(B)/libasyncc.a $(UV_LIBS) $(CHECK) -pthread

# Compiler and runtime with sanitizers, for the tests that run with them.
sanitized:
	@$(MAKE) --no-print-directory CC=gcc SANITIZE=address,undefined all

include stdlib/stdlib.mk
include cmake/install.mk

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')
