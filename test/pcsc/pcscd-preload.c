/*
 * For the pcscd of the tests, which otherwise spend most of their time waiting.
 *
 * - The driver of vsmartcard sends a length and the bytes in two pieces, and the second waits for the acknowledgement of the
 *   first, which the other side delays by 40 ms. With TCP_NODELAY it does not wait.
 * - The service looks every 0.4 s whether a card came or went. With JPKI_TEST_FAST_LOOKS it looks every 0.05 s. Not for
 *   pcsclite: its threads, which wait for changes, would be stopped in the middle of one too often.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

int accept(int listener, struct sockaddr *address, socklen_t *length)
{
    int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
    int connection = next(listener, address, length);
    int on = 1;
    /* Does nothing to a socket that is not TCP. */
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connection;
}

int nanosleep(const struct timespec *asked, struct timespec *left)
{
    int (*next)(const struct timespec *, struct timespec *) = dlsym(RTLD_NEXT, "nanosleep");
    struct timespec looks = { 0, 50000000 };
    /* PCSCLITE_STATUS_POLL_RATE of pcsc-lite, and no other pause that it makes. */
    int between_looks = asked->tv_sec == 0 && asked->tv_nsec == 400000000;
    return next(between_looks && getenv("JPKI_TEST_FAST_LOOKS") ? &looks : asked, left);
}
