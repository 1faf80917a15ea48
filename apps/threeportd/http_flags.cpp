#include "apps/threeportd/http_flags.h"

#include <array>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/clock.h"

namespace threeport {

void add_http_flags(CLI::App& app, http::ServerOptions& options, HttpFlags& flags) {
  app.add_option("--tls-certificate-file", options.certificate_file, "Certificate of the server and its chain, PEM")
      ->capture_default_str();
  app.add_option("--tls-key-file", options.key_file, "Key of the certificate, PEM")->capture_default_str();
  app.add_option("--client-ca-file", options.client_ca_file,
                 "CA of the client certificates, PEM: whoever has one of it may do everything")
      ->capture_default_str();
  const CLI::AsSizeValue sizes(false);
  app.add_option("--max-body-size", options.max_body_bytes, "Longest body of a request, such as 8MB; longer: 413")
      ->transform(sizes)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--max-header-size", options.max_header_bytes, "Longest head of a request; longer: 431")
      ->transform(sizes)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--max-connections", options.max_connections, "Open connections; further ones are answered 503")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--request-threads", options.threads, "Requests that may wait for the database or a cluster at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--header-timeout", flags.header_timeout, "Longest time for the head of a request")
      ->capture_default_str();
  app.add_option("--body-timeout", flags.body_timeout, "Longest time for the body of a request")->capture_default_str();
  app.add_option("--idle-timeout", flags.idle_timeout, "Time after which an idle connection is closed")
      ->capture_default_str();
}

base::Result<void> read_http_flags(const HttpFlags& flags, http::ServerOptions& options) {
  struct Timeout {
    const char* flag;
    const std::string& text;
    base::Millis& value;
  };
  const std::array<Timeout, 3> timeouts{{{"--header-timeout", flags.header_timeout, options.header_timeout},
                                         {"--body-timeout", flags.body_timeout, options.body_timeout},
                                         {"--idle-timeout", flags.idle_timeout, options.idle_timeout}}};
  for (const Timeout& timeout : timeouts) {
    const auto value = base::parse_duration(timeout.text);
    if (!value || value->count() <= 0)
      return base::invalid(std::string(timeout.flag) + " " + timeout.text + " must be a duration such as 10s or 2m");
    timeout.value = *value;
  }
  return {};
}

}  // namespace threeport
