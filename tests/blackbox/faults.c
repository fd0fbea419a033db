// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded before the C library of an exchange's processes: another wall clock, slow flushes, a disk that refuses, and a thread that
// never comes back. What is wrong now stands in a shared file, so a test changes it while the exchange runs (faults.py).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults {
  _Atomic int64_t wall_offset_us;
  _Atomic int32_t sync_delay_us;
  _Atomic int32_t error;        // errno of what fails
  _Atomic int32_t write_every;  // each so-manieth write fails, half done; 0: none
  _Atomic int32_t sync_every;   // likewise of flushes
  _Atomic int32_t injected;     // how many have
  _Atomic int32_t spin;         // 1: the thread of that name turns for ever; it sets it to 0 first
  char under[64];               // of files whose path contains this
  char thread[16];
};

static struct faults* faults;
static _Atomic int32_t writes, syncs;

__attribute__((constructor)) static void load(void) {
  const char* path = getenv("CARILLON_FAULTS");
  const int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (descriptor < 0) return;
  void* at = mmap(NULL, sizeof(struct faults), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (at != MAP_FAILED) faults = at;
}

#define NEXT(name) \
  static __typeof__(name)* next; \
  if (!next) next = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

static int is_meant(int descriptor) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, faults->under) != NULL;
}

static int fails(_Atomic int32_t* counter, int32_t every) {
  if (every == 0 || atomic_fetch_add(counter, 1) % every != every - 1) return 0;
  atomic_fetch_add(&faults->injected, 1);
  errno = faults->error;
  return 1;
}

// ---- The wall clock

int clock_gettime(clockid_t clock, struct timespec* at) {
  NEXT(clock_gettime);
  const int result = next(clock, at);
  if (result != 0 || !faults || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t us = faults->wall_offset_us + at->tv_nsec / 1000 + (int64_t)at->tv_sec * 1000000;
  at->tv_sec = us / 1000000;
  at->tv_nsec = us % 1000000 * 1000 + at->tv_nsec % 1000;
  return 0;
}

int gettimeofday(struct timeval* at, void* zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}

// ---- The disk

static int sync_with(int (*next)(int), int descriptor) {
  if (!faults || (!faults->sync_delay_us && !faults->sync_every) || !is_meant(descriptor)) return next(descriptor);
  if (faults->sync_delay_us) usleep((useconds_t)faults->sync_delay_us);
  return fails(&syncs, faults->sync_every) ? -1 : next(descriptor);
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  return sync_with(next, descriptor);
}

int fsync(int descriptor) {
  NEXT(fsync);
  return sync_with(next, descriptor);
}

static int refuses(int descriptor) {
  return faults && faults->write_every && is_meant(descriptor) && fails(&writes, faults->write_every);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  NEXT(write);
  if (!refuses(descriptor)) return next(descriptor, bytes, size);
  if (next(descriptor, bytes, size / 2) < 0) return -1;
  errno = faults->error;
  return -1;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  NEXT(pwrite);
  if (!refuses(descriptor)) return next(descriptor, bytes, size, offset);
  if (next(descriptor, bytes, size / 2, offset) < 0) return -1;
  errno = faults->error;
  return -1;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off_t offset) {
  return pwrite(descriptor, bytes, size, offset);
}

// ---- A thread that loops

int epoll_wait(int descriptor, struct epoll_event* events, int most, int timeout) {
  NEXT(epoll_wait);
  if (faults && faults->spin) {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    int32_t wanted = 1;
    if (strcmp(name, faults->thread) == 0 && atomic_compare_exchange_strong(&faults->spin, &wanted, 0))
      for (volatile int turn = 0;; ++turn);
  }
  return next(descriptor, events, most, timeout);
}
