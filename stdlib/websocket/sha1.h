/* SHA-1, for the handshake alone: it proves that the peer speaks WebSocket, and nothing else. */
#ifndef ASYNCC_WEBSOCKET_SHA1_H
#define ASYNCC_WEBSOCKET_SHA1_H

#include <stddef.h>
#include <stdint.h>

void async__websocket_sha1(const void *data, size_t len, uint8_t out[20]);

#endif
