/* The same in C++, on a loop of its own: all files at once, each with a callback, and a pause that is cut short. */
#include <cstdio>
#include <string>
#include <uv.h>
#include <vector>

#include "line_stats.h"
#include "stats.h"

struct Job {
	std::string path;
	struct line_stats stats;
	int err;
};

static int left;
static async_task pausing;

static void counted(void *arg, int err, int)
{
	static_cast<Job *>(arg)->err = err;
	if (!--left)
		async_task_cancel(pausing);
}

static void paused(void *, int, double rest)
{
	std::printf("the pause had %s\n", rest > 0 ? "not ended" : "ended");
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	std::vector<Job> jobs;
	for (int i = 1; i < argc; i++)
		jobs.push_back(Job{argv[i], {}, 0});
	if (async_runtime_attach(loop) || pause_for_start(nullptr, 60, paused, nullptr, &pausing))
		return 1;
	for (Job &job : jobs)
		left += !line_stats_start(nullptr, job.path.c_str(), &job.stats, counted, &job, nullptr);
	uv_run(loop, UV_RUN_DEFAULT);
	for (const Job &job : jobs)
		std::printf("%s: %s, %ld lines\n", job.path.c_str(), job.err ? async_strerror(job.err) : "read", job.stats.lines);
	async_runtime_detach(nullptr, nullptr);
	uv_run(loop, UV_RUN_DEFAULT);
	return uv_loop_close(loop) ? 1 : 0;
}
