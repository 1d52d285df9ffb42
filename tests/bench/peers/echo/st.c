/* args: port */
#include "../../common/srv_st.h"
static void *serve(void *p) {
  st_netfd_t c = p; char b[1024]; ssize_t n;
  while ((n = st_read(c, b, sizeof b, ST_UTIME_NO_TIMEOUT)) > 0)
    if (st_write(c, b, n, ST_UTIME_NO_TIMEOUT) != n) break;
  st_netfd_close(c);
  return NULL;
}
int main(int argc, char **argv) { return srv_st(argl(argc, argv, 1, 7000), serve); }
