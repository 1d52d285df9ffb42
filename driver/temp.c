/* Temporary files: see temp.h.
 *
 * The signal handler walks `paths`, so that array only grows by replacing the pointer to it, with signals blocked; memory is never given back.
 * Files lie some levels deep in the temporary directory: a generated source that says `#include "../x.h"` must not
 * find a stranger's /tmp/x.h before the C compiler tries the directory of the real source (-iquote). */
#define _GNU_SOURCE
#include "driver/temp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/command.h"

static const int ending_signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXCPU, SIGXFSZ};
enum { SIGNALS = sizeof ending_signals / sizeof *ending_signals, DEPTH = 8 };
static const rlim_t STACK_WANTED = 120 << 20; /* Linux keeps 128 MB free below the stack */

static const char *volatile *paths; /* removed in reverse order; NULL: kept */
static volatile sig_atomic_t path_count;
static unsigned path_cap;
static const char *volatile directory; /* the temporary directory */
static volatile pid_t child;
static pid_t owner; /* children that did not exec yet clean nothing up */
static bool ignored[SIGNALS];
static struct rlimit found_stack;
static char *stack_top;
static size_t stack_size;
static struct sigaction old_fault;

static void signals_block(sigset_t *old)
{
	sigset_t set;
	sigemptyset(&set);
	for (unsigned i = 0; i < SIGNALS; i++)
		sigaddset(&set, ending_signals[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

/* Removes a path that may be a file or an empty directory. Async-signal-safe. */
static void remove_path(const char *path)
{
	if (unlink(path) < 0 && (errno == EISDIR || errno == EPERM))
		rmdir(path);
}

/* Async-signal-safe. */
static void end_all(void)
{
	if (getpid() != owner)
		return;
	if (child > 0) {
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
	}
	for (int i = path_count; i-- > 0;)
		if (paths[i])
			remove_path(paths[i]);
}

static void on_signal(int number)
{
	end_all();
	signal(number, SIG_DFL);
	raise(number);
}

/* The passes recurse as deep as the program nests. That is deeper than any program that people write; where it ends, this says so. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	static const char message[] = "asyncc: error: the program nests too deep\n";
	char *address = info->si_addr;
	(void)context;
	if (address > stack_top || address < stack_top - stack_size) {
		sigaction(number, &old_fault, NULL); /* the fault comes again */
		return;
	}
	if (write(2, message, sizeof message - 1) < 0)
		_exit(1);
	end_all();
	_exit(1);
}

static void stack_guard(void)
{
	static char own[1 << 16];
	stack_t alternate = {.ss_sp = own, .ss_size = sizeof own};
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	struct rlimit now;
	if (getrlimit(RLIMIT_STACK, &now) < 0 || now.rlim_cur == RLIM_INFINITY || sigaltstack(&alternate, NULL) < 0)
		return;
	stack_top = (char *)__builtin_frame_address(0);
	stack_size = now.rlim_cur + (1 << 20); /* and what a large frame may leap over */
	sigfillset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &old_fault);
}

/* Removes a directory and all that the C compiler may have left in it. */
static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	if (d) {
		for (struct dirent *e; (e = readdir(d));) {
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
				continue;
			const char *inner = text_printf("%s/%s", path, e->d_name);
			if (unlink(inner) < 0 && (errno == EISDIR || errno == EPERM))
				remove_tree(inner);
		}
		closedir(d);
	}
	rmdir(path);
}

void temp_cleanup(void)
{
	if (getpid() != owner)
		return;
	sigset_t old;
	signals_block(&old);
	for (int i = path_count; i-- > 0;)
		if (paths[i])
			remove_path(paths[i]);
	path_count = 0;
	if (directory)
		remove_tree(directory);
	directory = NULL;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

void temp_init(void)
{
	owner = getpid();
	struct sigaction action = {.sa_handler = on_signal};
	sigfillset(&action.sa_mask);
	for (unsigned i = 0; i < SIGNALS; i++) {
		struct sigaction old;
		sigaction(ending_signals[i], NULL, &old);
		ignored[i] = old.sa_handler == SIG_IGN;
		if (!ignored[i])
			sigaction(ending_signals[i], &action, NULL);
	}
	atexit(temp_cleanup);
	getrlimit(RLIMIT_STACK, &found_stack);
	struct rlimit wanted = found_stack;
	if (wanted.rlim_cur != RLIM_INFINITY && wanted.rlim_cur < STACK_WANTED) {
		wanted.rlim_cur = wanted.rlim_max == RLIM_INFINITY || wanted.rlim_max > STACK_WANTED ? STACK_WANTED : wanted.rlim_max;
		setrlimit(RLIMIT_STACK, &wanted);
	}
	stack_guard();
}

static void path_register(const char *path)
{
	sigset_t old;
	signals_block(&old);
	if ((unsigned)path_count == path_cap) {
		unsigned cap = path_cap ? path_cap * 2 : 32;
		const char *volatile *bigger = calloc(cap, sizeof *bigger);
		if (!bigger)
			abort();
		for (unsigned i = 0; i < path_cap; i++)
			bigger[i] = paths[i];
		free((void *)paths);
		paths = bigger;
		path_cap = cap;
	}
	paths[path_count] = path;
	path_count++;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

void temp_add(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		path_register(path);
}

void temp_keep(const char *path)
{
	for (int i = 0; i < path_count; i++)
		if (paths[i] && !strcmp(paths[i], path))
			paths[i] = NULL;
}

const char *temp_path(const char *name)
{
	static unsigned serial;
	static const char *deepest;
	if (!directory) {
		const char *root = getenv("TMPDIR");
		char *path = (char *)text_printf("%s/asyncc-XXXXXX", root && *root ? root : "/tmp");
		sigset_t old;
		signals_block(&old);
		if (!mkdtemp(path)) {
			fprintf(stderr, "asyncc: error: cannot make a temporary directory '%s': %s\n", path, strerror(errno));
			exit(1);
		}
		path_register(path);
		directory = deepest = path;
		for (int i = 0; i < DEPTH; i++) {
			deepest = text_printf("%s/t", deepest);
			mkdir(deepest, 0700);
			path_register(deepest);
		}
		sigprocmask(SIG_SETMASK, &old, NULL);
	}
	/* A directory for each file: two sources may have the same name. */
	const char *own = text_printf("%s/%u", deepest, serial++);
	if (mkdir(own, 0700) < 0) {
		fprintf(stderr, "asyncc: error: cannot make '%s': %s\n", own, strerror(errno));
		exit(1);
	}
	path_register(own);
	const char *path = text_printf("%s/%s", own, name);
	temp_add(path);
	return path;
}

pid_t temp_fork(void)
{
	sigset_t old;
	signals_block(&old);
	pid_t pid = fork();
	if (pid > 0)
		child = pid;
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

void temp_child_ended(void)
{
	child = 0;
}

/* Waits for the end of the process that `pidfd` is of, without which of `pid`. */
static void wait_for(pid_t pid, int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	if (pidfd >= 0)
		while (poll(&end, 1, -1) < 0)
			;
	else
		while (kill(pid, 0) == 0)
			usleep(100000);
}

int temp_hand_over(void)
{
	pid_t program = getpid();
	int pidfd = (int)syscall(SYS_pidfd_open, program, 0), status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		setsid(); /* what is meant for the program reaches it alone */
		pid = fork();
		if (pid != 0)
			_exit(pid < 0 ? errno : 0);
		for (unsigned i = 0; i < SIGNALS; i++)
			signal(ending_signals[i], SIG_IGN);
		if (pidfd < 0) {
			close_range(0, ~0U, 0);
		} else {
			if (pidfd > 0)
				close_range(0, (unsigned)pidfd - 1, 0);
			close_range((unsigned)pidfd + 1, ~0U, 0);
		}
		wait_for(program, pidfd);
		owner = getpid();
		temp_cleanup();
		_exit(0);
	}
	int error = errno;
	if (pidfd >= 0)
		close(pidfd);
	if (pid < 0)
		return error;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
}

void temp_reset_signals(void)
{
	for (unsigned i = 0; i < SIGNALS; i++)
		signal(ending_signals[i], ignored[i] ? SIG_IGN : SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (found_stack.rlim_cur)
		setrlimit(RLIMIT_STACK, &found_stack);
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_failed(const char *path, int fd)
{
	fprintf(stderr, "asyncc: error: cannot write '%s': %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

bool output_write(const char *path, const char *data, size_t len)
{
	if (!strcmp(path, "-")) {
		fflush(stdout);
		return write_all(1, data, len) || write_failed("standard output", -1);
	}
	/* Through symbolic links to the file itself; devices and pipes can't be renamed onto. */
	char *real = realpath(path, NULL);
	const char *target = real ? text_printf("%s", real) : path;
	free(real);
	struct stat st;
	bool exists = stat(target, &st) == 0, dangling = !exists && lstat(target, &st) == 0;
	if (dangling || (exists && !S_ISREG(st.st_mode))) {
		int fd = open(target, O_WRONLY | O_CREAT, 0666);
		if (fd < 0 || !write_all(fd, data, len))
			return write_failed(path, fd);
		return close(fd) == 0 || write_failed(path, -1);
	}
	const char *slash = strrchr(target, '/');
	char *temporary = (char *)text_printf("%.*s.asyncc-XXXXXX", slash ? (int)(slash - target) + 1 : 0, target);
	int fd = mkstemp(temporary);
	if (fd < 0)
		return write_failed(path, -1);
	temp_add(temporary);
	mode_t mask = umask(0);
	umask(mask);
	if (fchmod(fd, exists ? st.st_mode & 07777 : 0666 & ~mask) < 0 || !write_all(fd, data, len))
		return write_failed(path, fd);
	if (close(fd) < 0 || rename(temporary, target) < 0)
		return write_failed(path, -1);
	temp_keep(temporary);
	return true;
}
