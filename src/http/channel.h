// Non-blocking bytes in and out of one accepted socket, plain or through TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace threeport::http {

struct IoResult {
  enum class Kind : std::uint8_t {
    done,
    wants_read,   ///< nothing happened: call again when the socket is readable
    wants_write,  ///< nothing happened: call again when the socket is writable
    closed,       ///< the peer has ended its side
    failed
  };
  Kind kind = Kind::failed;
  std::size_t bytes = 0;
};

/// The server's certificate and rules: TLS 1.2 or newer, ALPN http/1.1, no renegotiation, no resumption. Thread-safe.
class TlsContext {
 public:
  /// Reads PEM files. `client_ca_file` may be empty; otherwise clients are asked for a certificate and may have none.
  /// One that this CA has not signed, or that has expired, does not end the handshake, but does not count either: so
  /// the application can say what is wrong. Error `invalid`: names the file and what is wrong with it.
  static base::Result<std::unique_ptr<TlsContext>> make(const std::string& certificate_file,
                                                        const std::string& key_file, const std::string& client_ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  [[nodiscard]] ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// One connection's bytes. The descriptor is non-blocking and belongs to the caller. Not thread-safe.
class Channel {
 public:
  Channel(int descriptor, const TlsContext* tls);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  /// TLS only: one step of the handshake; `done` once it is complete.
  IoResult handshake();
  IoResult receive(std::span<char> buffer);
  /// Sends `head`, then `body`; may send a part. After `wants_write` the next call has to begin with the same bytes.
  IoResult send(std::string_view head, std::string_view body);
  /// Ends our side: close_notify and FIN.
  void end_output();
  /// True where a byte or the end waits to be read, without reading it.
  [[nodiscard]] bool has_input() const;
  /// Common name in the subject of the client's verified certificate, or "".
  [[nodiscard]] std::string client_common_name() const;
  /// Why the certificate that the client sent does not count, or "".
  [[nodiscard]] std::string client_certificate_problem() const;
  /// The client's certificate fails a check, with this code of X509_V_ERR_*.
  void note_problem(int code);

 private:
  IoResult send_tls(std::string_view bytes);
  [[nodiscard]] IoResult tls_result(int returned) const;

  int descriptor_;
  ssl_st* tls_ = nullptr;
  int problem_ = 0;  ///< the first X509_V_ERR_* of the client's certificate
};

}  // namespace threeport::http
