/* A disk that hangs: fsync and fdatasync of a file wait while the file $SLOW_DISK exists, if they
   are to save the words that stand in it. Built and preloaded by tests/processes/slow_disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t content(const char *path, char **text)
{
    FILE *file = fopen(path, "r");
    size_t size = 0;
    *text = malloc(1 << 23);
    if (file) {
        size = fread(*text, 1, 1 << 23, file);
        fclose(file);
    }
    return size;
}

static void wait_if_slow(int file)
{
    char link[64], path[4096], *flag = getenv("SLOW_DISK"), *words, *data;
    if (!flag || access(flag, F_OK))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    size_t wanted = content(flag, &words), size = content(path, &data);
    int found = wanted && memmem(data, size, words, wanted);
    free(words);
    free(data);
    while (found && access(flag, F_OK) == 0)
        usleep(20000);
}

int fsync(int file)
{
    wait_if_slow(file);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file)
{
    wait_if_slow(file);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
