/* A disk that flushes slowly: fsync and fdatasync as they are, and then a rest of as many
 * milliseconds as DANCU_SLOW_FSYNC_MS says. Preloaded into the PostgreSQL of a measurement. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void rest(void)
{
    const char *text = getenv("DANCU_SLOW_FSYNC_MS");
    long ms = text ? strtol(text, NULL, 10) : 0;
    struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        ;
}

static int slowly(const char *name, int fd)
{
    int (*flush)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    int flushed = flush(fd);
    int error = errno;

    rest();
    errno = error;
    return flushed;
}

int fsync(int fd)
{
    return slowly("fsync", fd);
}

int fdatasync(int fd)
{
    return slowly("fdatasync", fd);
}
