/*
 * For the pcscd of the tests: the driver of vsmartcard sends a length and the bytes in two pieces, and the second waits for
 * the acknowledgement of the first, which the other side delays by 40 ms. With TCP_NODELAY it does not wait.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int accept(int listener, struct sockaddr *address, socklen_t *length)
{
    int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
    int connection = next(listener, address, length);
    int on = 1;
    /* Does nothing to a socket that is not TCP. */
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connection;
}
