# Commands for programs that asyncc compiled; gdb loads them with `source .../asyncc.py`.
#
#     info async-tasks [THREAD]   the tasks of each thread that runs some: number, state, name, where it waits
#     async-bt [TASK]             async backtraces: of one task, or of the one that is running; `all`
#     async-locals [TASK [FRAME]] the variables that live in the frames of async functions, by name
#     async-next                  `next`, which waits where the function waits (live processes alone)
#     bt                          shows async functions by their names, without the runtime's loop
#     $av("x")                    the variable x of the async function whose code is the selected frame
#
# In: a live process or a core, with debug information of the program. But for async-next, memory is only read and nothing called: a
# core serves as well. What is known of the runtime comes from rt/include/asyncc/abi.h, and from the runtime's own debug
# information where that is there; else the layouts below hold (ABI version 4, 64 bits).
import re

import gdb
from gdb.FrameDecorator import FrameDecorator

SHIELD, DEADLINE, NURSERY, REGION = range(4)
READY, PENDING = range(2)
REQUESTED, BRANCH, STARTED = 1 << 9, 1 << 14, 1 << 16 # enum async__strand_flag
SCOPE_KINDS = {SHIELD: "shield", DEADLINE: "deadline", NURSERY: "nursery", REGION: "region"}


class Missing(Exception):
    """What a command needs is not there; the text says what."""


def symbol(name):
    try:
        return gdb.parse_and_eval(name)
    except gdb.error:
        return None


def type_of(name):
    """A type by its text: `struct point`, `const char *`, `int [4]`. None: gdb does not know it."""
    try:
        return gdb.parse_and_eval("(%s) 0" % pointer_to(name)).type.target()
    except (gdb.error, RuntimeError):
        return None


def pointer_to(name):
    """The type's text, made that of a pointer to it: `int [4]` gives `int (*)[4]`."""
    if "[" not in name and "(" not in name:
        return name + " *"
    if "(*" in name:
        return name.replace("(*", "(**", 1)
    at = name.index("[") if "[" in name else name.index("(")
    return name[:at] + "(*)" + name[at:]


def struct(name):
    try:
        return gdb.lookup_type("struct " + name)
    except gdb.error:
        raise Missing("no debug information of asyncc's runtime interface (struct %s): compile with -g" % name)


def at(address, name):
    return gdb.Value(int(address)).cast(struct(name).pointer()).dereference()


def text(value):
    return value.string(errors="replace") if int(value) else "?"


def word(address):
    return int(gdb.Value(int(address)).cast(gdb.lookup_type("unsigned long").pointer()).dereference())


# --- the runtime ------------------------------------------------------------------------------------

def is_end(site):
    return int(site["poll"]) == address_of("async__task_end") or \
        int(site.address) in (address_of("async__task_begin_site"), address_of("async__split_begin_site"))


def address_of(name):
    try:
        return int(gdb.parse_and_eval("(unsigned long) &" + name))
    except gdb.error:
        return -1


def runtime_of_thread():
    """struct async_runtime * of the selected thread; 0: it has none."""
    value = symbol("*(unsigned long *) &async__thread_runtime")
    try:
        return int(value) if value is not None else 0
    except gdb.error:
        return 0


class Site:
    """A suspension of a function: which, where, for what; and the frame."""

    def __init__(self, site, frame):
        self.site, self.frame = site, int(frame)
        self.fn = site["fn"].dereference() if int(site["fn"]) else None

    def describe(self):
        return "%s at %s:%d:%d: awaiting %s" % (text(self.fn["name"]), text(self.fn["file"]), int(self.site["line"]),
                                               int(self.site["column"]), text(self.site["awaited"]))

    def locals(self):
        table = self.site["locals"]
        return [Local(table[i], self.frame) for i in range(int(self.site["local_count"]))]


class Local:
    """A variable in an async function's frame."""

    def __init__(self, entry, frame):
        self.name, self.type_name = text(entry["name"]), text(entry["type"])
        self.address, self.size = frame + int(entry["offset"]), int(entry["size"])

    def value(self):
        known = type_of(self.type_name)
        if known is None or known.sizeof != self.size:
            known = gdb.lookup_type("unsigned char").array(max(self.size, 1) - 1)
        return gdb.Value(self.address).cast(known.pointer()).dereference()

    def describe(self):
        try:
            return self.value().format_string()
        except gdb.MemoryError as error:
            return "<%s>" % error


def awaiting(frame):
    """(site, frame) of the function that awaits the one with this frame, which was suspended before; None: nobody does."""
    ret = word(frame)
    if not ret:
        return None
    site = at(ret, "async__site")
    offset = int(site["offset"])
    return site, frame - offset if offset else int(at(frame - struct("async__box").sizeof, "async__box")["parent"])


def outwards(site, frame, end=0):
    """The suspension at `site` and those of the functions that await that one, up to the one of frame `end`."""
    for _ in range(1000000):
        if is_end(site) or not frame:
            return
        if int(site["fn"]):
            yield Site(site, frame)
        if frame == end:
            return
        outer = awaiting(frame)
        if outer is None:
            return
        site, frame = outer


class Strand:
    """A task's thread of execution, or that of one branch of a region: struct async__context."""

    def __init__(self, address):
        self.address = int(address)
        self.context = at(address, "async__context")

    def sites(self, end=0):
        """From the innermost function outwards; up to the one of frame `end`."""
        if not int(self.context["site"]):
            return
        yield from outwards(self.context["site"].dereference(), int(self.context["frame"]), end)

    def scopes(self):
        scope = self.context["scope"]
        while int(scope):
            yield scope.dereference()
            scope = scope["outer"]

    def branches(self):
        """(number, strand) of the regions that it waits for."""
        for scope in self.scopes():
            if int(scope["kind"]) == REGION:
                region = at(scope.address, "async__region")
                first = int(scope.address) + struct("async__region").sizeof
                for i in range(int(region["count"])):
                    strand = Strand(first + i * struct("async__branch").sizeof)
                    if int(strand.context["flags"]) & STARTED:
                        yield i + 1, strand
            return

    def task(self):
        strand = self
        while int(strand.context["flags"]) & BRANCH:
            branch = at(strand.address, "async__branch")
            strand = Strand(int(branch["region"]["parent"]))
        return strand.address


class Task(Strand):
    """struct async__task: a context, two links, two words and a word of bits."""
    LINKS, NURSERY, WORD = 0, 16, 32

    def __init__(self, address):
        super().__init__(address)
        base = self.address + struct("async__context").sizeof
        bits = word(base + self.WORD)
        self.id, self.queued = bits & (1 << 48) - 1, bits >> 53 & 1
        outside = bits >> 51 & 1
        behind = base + self.WORD + 8
        self.root = word(behind) if outside else behind

    @staticmethod
    def of_link(link):
        return Task(link - struct("async__context").sizeof)

    def function(self):
        """What its root is; its return site lies in the function's record."""
        fn = struct("async__fn")
        ended = [f for f in fn.fields() if f.name == "ended"][0].bitpos // 8
        return at(word(self.root) - ended, "async__fn")


def ring(head):
    """Addresses of the links of a ring, the oldest first."""
    link = word(head + 8)
    for _ in range(100000000):
        if link == head or not link:
            return
        yield link
        link = word(link + 8)


class Runtime:
    """struct async_runtime of one thread."""

    def __init__(self, address):
        self.address = address
        scheduler = struct("async__scheduler").sizeof
        self.current = word(address + scheduler)
        # scheduler, current, io_count, turn, turn_ends, round_last, tasks
        self.tasks_ring = address + scheduler + 8 + 16 + 8
        known = symbol("&((struct async_runtime *) 0)->tasks")
        if known is not None:
            self.tasks_ring = address + int(known)
        self.ready = set()
        head, last = word(address), word(address + 8)
        while head and head not in self.ready:
            self.ready.add(head)
            head = int(at(head, "async__context")["next"]) if head != last else 0

    def tasks(self):
        """(depth, task), children behind their parents."""
        def children(strand, depth):
            for scope in strand.scopes():
                if int(scope["kind"]) == NURSERY:
                    for f in struct("async_nursery").fields():
                        if f.name == "children":
                            yield from of_ring(int(scope.address) + f.bitpos // 8, depth)
            for _, branch in strand.branches():
                yield from children(branch, depth)

        def of_ring(head, depth):
            for link in ring(head):
                task = Task.of_link(link)
                yield depth, task
                yield from children(task, depth + 1)
        return of_ring(self.tasks_ring, 0)

    def state(self, task):
        if self.current and Strand(self.current).task() == task.address:
            return "running"
        return "ready" if task.address in self.ready else "queued" if task.queued else "waiting"


def runtimes():
    """(thread, runtime) of every thread that has one. The selected thread remains."""
    selected, frame = gdb.selected_thread(), None
    if selected is None:
        raise Missing("no process and no core")
    struct("async__context")
    try:
        frame = gdb.selected_frame()
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            thread.switch()
            address = runtime_of_thread()
            if address:
                yield thread, Runtime(address)
    finally:
        selected.switch()
        if frame is not None and frame.is_valid():
            frame.select()


def find_task(number):
    for thread, runtime in runtimes():
        for _, task in runtime.tasks():
            if task.id == number:
                return runtime, task
    raise Missing("no task %d; see `info async-tasks`" % number)


def running_task():
    address = runtime_of_thread()
    runtime = Runtime(address) if address else None
    if not runtime or not runtime.current:
        raise Missing("no task is running in this thread; name one, see `info async-tasks`")
    return runtime, Task(Strand(runtime.current).task())


# --- code that is running -----------------------------------------------------------------------------

def poll_frame(frame):
    """The address of the async function's frame whose code the C frame is; 0: it is none."""
    name = frame.name() or ""
    if not name.endswith("__poll") or name.startswith("async"):
        return 0
    try:
        return int(frame.read_var("self"))
    except (gdb.error, ValueError):
        return 0


def outer_poll_frame(frame):
    """The selected frame, or the next one outwards, that is code of an async function."""
    while frame is not None and not poll_frame(frame):
        frame = frame.older()
    return frame


def function_block(frame):
    block = frame.block()
    while block.function is None:
        block = block.superblock
    return block


def function_name(frame):
    return frame.name()[:-len("__poll")]


def running_locals(frame):
    """What the async function whose code a C frame is keeps in its frame. [(name, value)]"""
    name, found = function_name(frame), []
    try:
        record = gdb.Value(poll_frame(frame)).cast(struct(name + "__frame").pointer()).dereference()
    except Missing:
        return []
    fn = symbol("'%s__fn'" % name)
    value_at = int(fn["value_offset"]) if fn is not None else -1

    def members(value):
        for field in value.type.strip_typedefs().fields():
            if field.name and (field.name == "base" or field.name.startswith("async__")):
                continue
            member = value[field]
            if not field.name:
                members(member)
            elif field.name.startswith("value") and int(member.address) - int(record.address) == value_at:
                continue
            elif not is_callee(member.type):
                found.append((field.name, member))
    members(record)
    return found


def is_callee(kind):
    tag = kind.strip_typedefs().tag if kind.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) else None
    return bool(tag) and tag.endswith("__frame")


words = {}


def is_made(frame, name, kind):
    """Is the variable of asyncc's making: the frame, or a temporary, whose name the source doesn't have?"""
    kind = kind.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR and is_callee(kind.target()):
        return True
    sal = frame.find_sal()
    if not re.fullmatch("[a-z]+[0-9]+", name) or not sal.symtab:
        return False
    path = sal.symtab.fullname()
    if path not in words:
        try:
            with open(path, errors="replace") as source:
                words[path] = set(re.findall(r"\w+", source.read()))
        except OSError:
            words[path] = None
    return words[path] is not None and name not in words[path]


# --- output -------------------------------------------------------------------------------------------

def say(line):
    gdb.write(line + "\n")


def place(frame):
    sal = frame.find_sal()
    return "%s:%d" % (sal.symtab.filename if sal.symtab else "?", sal.line)


def show_task(runtime, task, depth=0):
    fn = task.function()
    cancelled = ", cancelled" if int(task.context["flags"]) & REQUESTED else ""
    say("%stask %d: %s (%s:%d): %s%s" % ("  " * depth, task.id, text(fn["name"]), text(fn["file"]), int(fn["line"]),
                                         runtime.state(task), cancelled))


def show_strand(strand, runtime, indent, end=0, number=0):
    """Its backtrace, numbered; behind the branches that it waits for."""
    if runtime.current == strand.address:
        frame, seen = gdb.newest_frame(), set()
        while frame is not None:
            if poll_frame(frame) and poll_frame(frame) not in seen:
                seen.add(poll_frame(frame)) # once, where gcc made two C frames of it
                say("%s#%d  %s at %s: running" % (indent, number, function_name(frame), place(frame)))
                number += 1
                outermost = poll_frame(frame)
            frame = frame.older()
        outer = awaiting(outermost) if seen else None # where the runtime went on
        for site in outwards(*outer, end) if outer else ():
            say("%s#%d  %s" % (indent, number, site.describe()))
            number += 1
        return number
    for i, branch in strand.branches():
        say("%sbranch %d:" % (indent, i))
        show_strand(branch, runtime, indent + "    ", int(strand.context["frame"]))
    for site in strand.sites(end):
        say("%s#%d  %s" % (indent, number, site.describe()))
        number += 1
    return number


def show_locals(pairs, indent):
    for name, shown in pairs:
        say("%s%s = %s" % (indent, name, shown))
    if not pairs:
        say(indent + "No variables live here.")


class Command(gdb.Command):
    def __init__(self):
        super().__init__(self.NAME, gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            self.run(gdb.string_to_argv(argument))
        except Missing as error:
            raise gdb.GdbError(str(error))

    @staticmethod
    def number(argument):
        try:
            return int(argument)
        except ValueError:
            raise Missing("not a number: %s" % argument)


class InfoTasks(Command):
    """Tasks of each thread's runtime.
Usage: info async-tasks
For each task: number, function, state (running, ready, waiting, queued), and where it waits. Children of a nursery
stand behind their parent."""
    NAME = "info async-tasks"

    def run(self, argv):
        count = 0
        for thread, runtime in runtimes():
            say("thread %d:" % thread.num)
            for depth, task in runtime.tasks():
                show_task(runtime, task, depth + 1)
                count += 1
                if runtime.current and Strand(runtime.current).task() == task.address:
                    continue
                for site in task.sites():
                    say("%sin %s" % ("  " * (depth + 3), site.describe()))
                    break
        if not count:
            say("No tasks.")


class Backtrace(Command):
    """Async backtrace of a task: the functions that wait for each other, innermost first.
Usage: async-bt [TASK | all]
Without a task, that of the one that is running in the selected thread."""
    NAME = "async-bt"

    def run(self, argv):
        if argv and argv[0] == "all":
            for _, runtime in runtimes():
                for depth, task in runtime.tasks():
                    show_task(runtime, task)
                    show_strand(task, runtime, "    ")
            return
        runtime, task = find_task(self.number(argv[0])) if argv else running_task()
        show_task(runtime, task)
        strand = task if argv and runtime.current != task.address else Strand(runtime.current) if not argv else task
        show_strand(strand, runtime, "    ")


class Locals(Command):
    """Variables of async functions.
Usage: async-locals [TASK [FRAME]]
Without arguments: those of the async function whose code is the selected frame, or the next one outwards. With a
task: those that it keeps in each of its functions, or in the one with the number that async-bt shows."""
    NAME = "async-locals"

    def run(self, argv):
        if argv:
            runtime, task = find_task(self.number(argv[0]))
            sites = list(task.sites())
            wanted = range(len(sites)) if len(argv) < 2 else [self.number(argv[1])]
            for i in wanted:
                if not 0 <= i < len(sites):
                    raise Missing("task %d has no frame %d" % (task.id, i))
                say("#%d  %s" % (i, sites[i].describe()))
                show_locals([(l.name, l.describe()) for l in sites[i].locals()], "    ")
            return
        frame = outer_poll_frame(gdb.selected_frame())
        if frame is None:
            raise Missing("no code of an async function here; name a task, see `info async-tasks`")
        kept = running_locals(frame)
        pairs = [(name, value.format_string()) for name, value in kept if not is_made(frame, name, value.type)]
        seen = {name for name, _ in kept}
        block = frame.block()
        while block is not None and not block.is_global and not block.is_static:
            for s in block:
                if s.is_variable and s.name not in seen and not is_made(frame, s.name, s.type):
                    seen.add(s.name)
                    pairs.append((s.name, s.value(frame).format_string()))
            if block.function is not None:
                break
            block = block.superblock
        say("%s at %s" % (function_name(frame), place(frame)))
        show_locals(pairs, "    ")


class OwnLine(gdb.Breakpoint):
    """At the start of a line, for one call of an async function; not where that returns because it is suspended."""

    def __init__(self, address, own, at_end):
        super().__init__("*%d" % address, internal=True)
        self.silent, self.own, self.at_end = True, own, at_end

    def stop(self):
        frame = gdb.newest_frame()
        if poll_frame(frame) != self.own:
            return False
        return not self.at_end or self.result(frame) != PENDING

    @staticmethod
    def result(frame):
        """What the C function returns, at its end; READY where that is not known."""
        for register in "rax", "x0", "a0":
            try:
                return int(frame.read_register(register)) & 0xff
            except ValueError:
                pass
        return READY


class Next(Command):
    """Step to the next line of an async function.
Usage: async-next
Like `next`; but where the function is suspended, the program runs on until this call of it, not another one, goes on."""
    NAME = "async-next"

    def run(self, argv):
        frame = gdb.newest_frame()
        own, sal, block = poll_frame(frame), frame.find_sal(), function_block(frame)
        if not own:
            raise Missing("no code of an async function here; use `next`")
        end = gdb.find_pc_line(block.end - 1).line
        if sal.line == end:
            gdb.execute("next")
            return
        stops = [OwnLine(entry.pc, own, entry.line == end) for entry in sal.symtab.linetable()
                 if block.start < entry.pc < block.end and entry.line not in (0, sal.line, block.function.line)]
        try:
            gdb.execute("continue", to_string=True)
            own_stop = any(stop.hit_count for stop in stops)
        finally:
            for stop in stops:
                stop.delete()
        if own_stop and gdb.selected_inferior().pid and poll_frame(gdb.newest_frame()) == own:
            line = gdb.newest_frame().find_sal().line
            gdb.execute("list %d,%d" % (line, line))


class AsyncValue(gdb.Function):
    """$av("x"): the variable x of the async function whose code is the selected frame, wherever it is kept."""

    def __init__(self):
        super().__init__("av")

    def invoke(self, name):
        name, frame = name.string(), outer_poll_frame(gdb.selected_frame())
        if frame is None:
            raise gdb.GdbError("no code of an async function here")
        for found, value in running_locals(frame):
            if found == name:
                return value
        try:
            return frame.read_var(name)
        except ValueError:
            raise gdb.GdbError("no variable %s in %s" % (name, function_name(frame)))


class Variable:
    """A variable as frame decorators give it."""

    def __init__(self, name, value):
        self.pair = name, value

    def symbol(self):
        return self.pair[0]

    def value(self):
        return self.pair[1]


class AsyncFrame(FrameDecorator):
    """Code of an async function, under the function's name, with its variables."""

    def function(self):
        return function_name(self.inferior_frame())

    def frame_args(self):
        return None

    def frame_locals(self):
        frame = self.inferior_frame()
        kept = running_locals(frame)
        own = {name for name, _ in kept}
        others = [v for v in super().frame_locals() or [] if str(v.symbol()) not in own and not is_made(frame, str(v.symbol()), v.symbol().type)]
        return [Variable(name, value) for name, value in kept if not is_made(frame, name, value.type)] + others


class AsyncFrames:
    """For `bt`: async functions under their names, without the run loop of the runtime; `bt -no-filters` shows all."""
    LOOP = {"strand_return", "strand_resume", "run_ready", "run_tested", "task_begin", "split_begin", "async__runtime_run", "async__runtime_turn"}

    def __init__(self):
        self.name, self.priority, self.enabled = "asyncc", 100, True
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        for shown in frames:
            frame = shown.inferior_frame()
            if (frame.name() or "") not in self.LOOP:
                yield AsyncFrame(shown) if poll_frame(frame) else shown


AsyncFrames()
for command in (InfoTasks, Backtrace, Locals, Next, AsyncValue):
    command()
# `step` goes through the runtime and into what the program has written.
gdb.execute("skip -rfu ^async__", to_string=True)
