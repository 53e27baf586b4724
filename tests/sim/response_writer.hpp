// SPDX-License-Identifier: MIT
// Sends one response, with the faults its Delivery asks for: the socket is our own, so a reset is a real RST
// and a stall holds nothing but its connection. The connection's thread only.
#pragma once

#include "sim/gate.hpp"
#include "sim/http_message.hpp"
#include "sim/request_log.hpp"

namespace g2a_sim {

// True when the connection can serve another request. `trace` may be null. `ticket` is from before the faults
// were looked up.
bool write_response(int socket, const Gate::Ticket& ticket, const HttpRequest& request, const HttpResponse& response,
                    RequestLog::Trace* trace);

}  // namespace g2a_sim
