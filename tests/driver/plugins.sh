# Plugins: of a program in the dialect, whose runtime they use with parts of it that the program has not; of a program in C, where each has a
# runtime of its own, and which closes them under a thread that used it.
cat >plugin.ac <<'EOF'
#include <asyncc.h>
#include <asyncc/task.h>
static ASYNC_TASK_LOCAL(int, depth, .initial = 3);
static async fn receive(int n) -> int
{
	int v = 0;
	async_task_set(depth, async_task_get(depth) + 1);
	async_receive(int, &v).await?;
	return v + n + async_task_get(depth);
}
static int twice(int n) { return 2 * n; }
async fn run(int n) -> int
{
	task(int) t = async_spawn(receive(n));
	async_send(t.mailbox(), int, 40);
	chan(int) news = async_broadcast(int, 2);
	defer news.free();
	news.try_send(1);
	async_timeout(news.recv(), 1).await;
	return t.await + spawn_blocking(twice(n)).await;
}
int entry(int n) { return block_on(run(n)); }
EOF
cat >host.ac <<'EOF'
#include <asyncc.h>
#include <dlfcn.h>
#include <stdio.h>
async fn main(int argc, char **argv) -> int
{
	for (int i = 1; i < argc; i++) {
		void *plugin = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		if (!plugin)
			return puts(dlerror());
		async fn (*run)(int) -> int;
		*(void **)&run = dlsym(plugin, "run");
		task(int) t = async_spawn(run(i));
		printf("%d\n", t.await);
		dlclose(plugin);
	}
	return 0;
}
EOF
cat >host.c <<'EOF'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static pthread_barrier_t used, closed;
static void *use(void *path)
{
	void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	int (*entry)(int);
	*(void **)&entry = plugin ? dlsym(plugin, "entry") : NULL;
	printf("%d\n", entry ? entry(1) : -1);
	pthread_barrier_wait(&used);
	if (plugin)
		dlclose(plugin);
	pthread_barrier_wait(&closed);
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t threads[2];
	pthread_barrier_init(&used, NULL, 2);
	pthread_barrier_init(&closed, NULL, 2);
	for (int i = 0; i < 2 && i + 1 < argc; i++)
		pthread_create(&threads[i], NULL, use, argv[i + 1]);
	for (int i = 0; i < 2 && i + 1 < argc; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
EOF
status 0 asyncc -shared -fPIC plugin.ac -o one.so
cp one.so two.so
status 0 asyncc host.ac -o host
status 0 ./host ./one.so ./two.so
one_message '47
50'
nm -D --defined-only host | grep -q async_ || die "the program's runtime is hidden"
# The same with the shared runtime in one of them, and in both.
status 0 asyncc -shared-runtime host.ac -o shared_host
status 0 ./shared_host ./one.so ./two.so
one_message '47
50'
status 0 asyncc -shared -fPIC -shared-runtime plugin.ac -o three.so
cp three.so four.so
for program in ./host ./shared_host; do
	status 0 $program ./three.so ./four.so
	one_message '47
50'
done
status 0 gcc host.c -o plain -pthread -ldl
status 0 ./plain ./one.so ./two.so
one_message '47
47'

# One with a runtime of another version in it (a later one; of an earlier one it is the same): what loads it is told.
status 0 "$ROOT/rt/amalgamate.sh" "$PWD/later" 0.1
sed -i -E 's/^(#define ASYNC__ABI_VERSION ).*/\19/; s/async__abi_version_[0-9]+/async__abi_version_9/; s/ASYNC__ABI_VERSION == [0-9]+/ASYNC__ABI_VERSION == 9/' later/asyncc.[ch]
status 0 asyncc --emit-c=plugin.c plugin.ac
sed -i -E 's/ASYNC__ABI_VERSION != [0-9]+/ASYNC__ABI_VERSION != 9/; s/async__abi_version_[0-9]+/async__abi_version_9/' plugin.c
status 0 gcc -shared -fPIC -Ilater plugin.c later/asyncc.c -luv -pthread -o later.so
status 134 ./host ./later.so
says './later.so was built for version 9 of asyncc'
status 134 ./shared_host ./later.so
