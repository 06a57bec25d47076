// Makes the disk of some files full and descriptors scarce, and counts what was refused. Loaded before libc, by LD_PRELOAD.
//
// TORTURE_FAULTS names a file of one page that the script writes and reads as well; TORTURE_SITES the services, with
// commas between them. While the bit of a service is set, nothing more is written to SERVICE.sqlite and the files beside it. While descriptors are used
// up, nothing is opened or accepted, but for what libdispatch reads of its threads under /proc: it traps when it cannot,
// which a limit on the process would make it do within a second.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SITES = 8, DESCRIPTORS = 65536 };

struct page {
    uint32_t full;            // a bit for each service whose disk is full
    uint32_t used_up;         // whether there are no descriptors
    uint64_t refused[SITES];  // writes that found no room, for each service
    uint64_t exhausted;       // calls that got no descriptor
};

static volatile struct page *page;
static char names[SITES][64];
static int count;
static uint8_t site[DESCRIPTORS];  // of each descriptor, the number of the service from 1

// The function that this one stands before.
#define NEXT(name)                                       \
    (__extension__({                                     \
        static __typeof__(&name) next;                   \
        if (!next) next = dlsym(RTLD_NEXT, #name);       \
        next;                                            \
    }))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_FAULTS"), *sites = getenv("TORTURE_SITES");
    int descriptor = path ? NEXT(open)(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0 || !sites) return;
    void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) return;
    while (*sites && count < SITES) {
        size_t length = strcspn(sites, ",");
        snprintf(names[count++], sizeof names[0], "/%.*s.sqlite", (int)length, sites);
        sites += length + (sites[length] == ',');
    }
    page = mapped;
}

static int is_used_up(const char *path) {
    if (!page || !page->used_up || (path && !strncmp(path, "/proc/", 6))) return 0;
    __sync_fetch_and_add(&page->exhausted, 1);
    errno = EMFILE;
    return 1;
}

static int opened(int descriptor, const char *path) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return descriptor;
    site[descriptor] = 0;
    for (int number = 0; path && number < count; number++)
        if (strstr(path, names[number])) site[descriptor] = number + 1;
    return descriptor;
}

static int is_full(int descriptor) {
    if (!page || descriptor < 0 || descriptor >= DESCRIPTORS || !site[descriptor]) return 0;
    int number = site[descriptor] - 1;
    if (!(page->full >> number & 1)) return 0;
    __sync_fetch_and_add(&page->refused[number], 1);
    return 1;
}

#define MODE                                            \
    mode_t mode = 0;                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                \
        va_list list;                                   \
        va_start(list, flags);                          \
        mode = va_arg(list, mode_t);                    \
        va_end(list);                                   \
    }

int open(const char *path, int flags, ...) { MODE return is_used_up(path) ? -1 : opened(NEXT(open)(path, flags, mode), path); }
int open64(const char *path, int flags, ...) { MODE return is_used_up(path) ? -1 : opened(NEXT(open64)(path, flags, mode), path); }
int openat(int at, const char *path, int flags, ...) { MODE return is_used_up(path) ? -1 : opened(NEXT(openat)(at, path, flags, mode), path); }
int openat64(int at, const char *path, int flags, ...) { MODE return is_used_up(path) ? -1 : opened(NEXT(openat64)(at, path, flags, mode), path); }

int accept(int from, struct sockaddr *address, socklen_t *length) {
    return is_used_up(NULL) ? -1 : opened(NEXT(accept)(from, address, length), NULL);
}
int accept4(int from, struct sockaddr *address, socklen_t *length, int flags) {
    return is_used_up(NULL) ? -1 : opened(NEXT(accept4)(from, address, length, flags), NULL);
}

int close(int descriptor) {
    if (descriptor >= 0 && descriptor < DESCRIPTORS) site[descriptor] = 0;
    return NEXT(close)(descriptor);
}

#define FULL(result) \
    if (is_full(descriptor)) return errno = ENOSPC, result;

ssize_t write(int descriptor, const void *bytes, size_t size) { FULL(-1) return NEXT(write)(descriptor, bytes, size); }
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t at) {
    FULL(-1) return NEXT(pwrite)(descriptor, bytes, size, at);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t at) {
    FULL(-1) return NEXT(pwrite64)(descriptor, bytes, size, at);
}
int fallocate(int descriptor, int mode, off_t at, off_t size) {
    FULL(-1) return NEXT(fallocate)(descriptor, mode, at, size);
}
int fallocate64(int descriptor, int mode, off64_t at, off64_t size) {
    FULL(-1) return NEXT(fallocate64)(descriptor, mode, at, size);
}
int posix_fallocate(int descriptor, off_t at, off_t size) {
    if (is_full(descriptor)) return ENOSPC;
    return NEXT(posix_fallocate)(descriptor, at, size);
}
int posix_fallocate64(int descriptor, off64_t at, off64_t size) {
    if (is_full(descriptor)) return ENOSPC;
    return NEXT(posix_fallocate64)(descriptor, at, size);
}
