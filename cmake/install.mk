# Part of the Makefile: the shared runtime, install, uninstall, packages.
# Installed are, under prefix and below DESTDIR: the compiler, the static and the shared runtime, the library's parts, headers, manual pages, asyncc.mk, the
# CMake package, asyncc.pc and the commands for gdb. asyncc and all of these find each other relative to their own places.

bindir     = $(prefix)/bin
libdir     = $(prefix)/lib
includedir = $(prefix)/include
datadir    = $(prefix)/share
mandir     = $(datadir)/man

# --- the shared runtime -------------------------------------------------------------------------------------------------------

# Programs that were compiled for another version of the interface need another file.
ABI     := $(shell sed -n 's/^.define ASYNC__ABI_VERSION  *//p' rt/include/asyncc/abi.h)
SONAME  := libasyncc.so.$(ABI)
HEADERS := $(wildcard rt/include/*.h rt/include/asyncc/*.h)
LIBRARY_HEADERS := $(wildcard stdlib/include/asyncc/*.h)

all: $(B)/libasyncc.so

# What the headers name is exported, in their text or by their macros; all else stays inside.
$(B)/libasyncc.map: $(HEADERS) cmake/install.mk
	@mkdir -p $(@D)
	@{ echo 'ASYNCC_$(ABI) {' && echo 'global:' && { cat $(HEADERS) && printf '#include "%s"\n' $(HEADERS) | $(CC) -Irt/include -I. -E -P -x c -; } | \
		grep -oE '\b(async_[a-z0-9_]+|future_drop|closure_drop)\b' | LC_ALL=C sort -u | sed 's/.*/	&;/' && echo 'local:' && echo '	*;' && echo '};'; } >$@

$(B)/$(SONAME): $(RUNTIME) $(B)/libasyncc.map
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=$(B)/libasyncc.map -Wl,-Bsymbolic-functions -o $@ $(RUNTIME) $(UV_LIBS) -pthread

$(B)/libasyncc.so: $(B)/$(SONAME)
	@ln -sf $(SONAME) $@

# --- install ------------------------------------------------------------------------------------------------------------------

INSTALL = install
to      = "$(DESTDIR)$(1)"
CMAKE_PACKAGE = $(wildcard cmake/*.cmake)
# The way from the directory of asyncc.pc to the prefix.
up      = $(shell realpath -m --relative-to="$(libdir)/pkgconfig" "$(prefix)")

.PHONY: deb dist

install: all ## install under prefix (/usr/local), below DESTDIR
	$(INSTALL) -d $(call to,$(bindir)) $(call to,$(libdir)/pkgconfig) $(call to,$(libdir)/cmake/Asyncc) $(call to,$(includedir)/asyncc) \
		$(call to,$(datadir)/asyncc/gdb) $(foreach s,$(MAN_SECTIONS),$(call to,$(mandir)/man$(s)))
	$(INSTALL) -m 755 $(B)/asyncc $(call to,$(bindir)/asyncc)
	$(INSTALL) -m 644 $(B)/libasyncc.a $(call to,$(libdir)/libasyncc.a)
	$(INSTALL) -m 644 $(B)/$(SONAME) $(call to,$(libdir)/$(SONAME).$(VERSION))
	ln -sf $(SONAME).$(VERSION) $(call to,$(libdir)/$(SONAME))
	ln -sf $(SONAME) $(call to,$(libdir)/libasyncc.so)
	$(INSTALL) -m 644 rt/include/asyncc.h $(call to,$(includedir)/asyncc.h)
	$(INSTALL) -m 644 $(wildcard rt/include/asyncc/*) $(call to,$(includedir)/asyncc)
	$(foreach f,$(LIBRARY_HEADERS) $(ARCHIVES),$(INSTALL) -m 644 $(f) $(call to,$(if $(filter %.a,$(f)),$(libdir),$(includedir)/asyncc)) &&) :
	$(foreach p,$(BUILT),sed -e 's|@VERSION@|$(VERSION)|' -e 's|@UP@|$(up)|' -e 's|@PART@|$(p)|' -e 's|@TITLE@|$($(p)_TITLE)|' \
		-e 's|@PARTS@|$(strip $(filter $(BUILT:%=asyncc-%),$(patsubst %,asyncc-%,$(filter-out $(p),std $($(p)_NEEDS) $($(p)_WITH)))))|' \
		-e 's|@LIBS@|$(strip $(filter -l% -L%,$($(p)_FLAGS)))|' cmake/asyncc-part.pc.in >$(call to,$(libdir)/pkgconfig/asyncc-$(p).pc) &&) :
	$(INSTALL) -m 644 $(CMAKE_PACKAGE) $(call to,$(libdir)/cmake/Asyncc)
	sed -e 's|@VERSION@|$(VERSION)|' cmake/AsynccConfigVersion.cmake >$(call to,$(libdir)/cmake/Asyncc/AsynccConfigVersion.cmake)
	sed -e 's|@VERSION@|$(VERSION)|' -e 's|@UP@|$(up)|' cmake/asyncc.pc.in >$(call to,$(libdir)/pkgconfig/asyncc.pc)
	$(INSTALL) -m 644 cmake/asyncc.mk $(call to,$(datadir)/asyncc)
	$(foreach f,$(wildcard share/gdb/*.py),$(INSTALL) -m 644 $(f) $(call to,$(datadir)/asyncc/gdb) &&) :
	for page in $(MAN_PAGES); do $(INSTALL) -m 644 man/$$page "$(DESTDIR)$(mandir)/man$${page##*.}" || exit 1; done
	$(each_man_link) echo ".so man3/$$page" | $(INSTALL) -m 644 /dev/stdin "$(DESTDIR)$(mandir)/man3/$$name.3" || exit 1; done; done

uninstall: ## remove what install put there
	rm -f $(foreach f,asyncc,$(call to,$(bindir)/$(f))) $(call to,$(includedir)/asyncc.h) $(call to,$(libdir)/pkgconfig/asyncc.pc)
	rm -f $(foreach p,$(ALL_PARTS),$(call to,$(libdir)/libasyncc_$(p).a) $(call to,$(libdir)/pkgconfig/asyncc-$(p).pc))
	rm -f $(foreach f,libasyncc.a libasyncc.so $(SONAME) $(SONAME).$(VERSION),$(call to,$(libdir)/$(f)))
	rm -rf $(call to,$(includedir)/asyncc) $(call to,$(libdir)/cmake/Asyncc) $(call to,$(datadir)/asyncc)
	for page in $(MAN_PAGES); do rm -f "$(DESTDIR)$(mandir)/man$${page##*.}/$$page"; done
	$(each_man_link) rm -f "$(DESTDIR)$(mandir)/man3/$$name.3"; done; done

MAN_PAGES    = $(notdir $(wildcard man/*.[1-9]))
MAN_SECTIONS = $(sort $(patsubst .%,%,$(suffix $(MAN_PAGES))))
# `man async_mutex_lock` finds async_mutex(3): each further name of a page's NAME section is a page that leads there.
each_man_link = for page in $(filter %.3,$(MAN_PAGES)); do \
	for name in $$(sed -n '/^\.SH NAME/{n;s/ *\\-.*//;s/,//g;p;}' man/$$page); do [ "$$name.3" = "$$page" ] ||

# --- packages -----------------------------------------------------------------------------------------------------------------

OUT = build
deb: all ## build Debian packages in build/ (OUT=)
	@.ci/deb $(B) $(VERSION) "$(OUT)"

dist: ## build/asyncc-VERSION.tar.gz from the commit that is checked out, always the same bytes
	@.ci/dist $(VERSION) "$(OUT)"
