#include "apiserver/document_routes.h"

#include <memory>
#include <mutex>

#include "apiserver/envelope.h"
#include "apiserver/openapi.h"
#include "apiserver/page_files.h"

namespace threeport::apiserver {
namespace {

constexpr std::string_view kGroup = "Documentation";

/// Nothing from elsewhere: no script, style, font or image, no frame around it, no form.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

http::Response page_file(std::string_view type, std::string_view text) {
  http::Response response;
  response.headers.add("Content-Type", std::string(type) + "; charset=utf-8");
  response.headers.add("Content-Security-Policy", std::string(kPolicy));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Cache-Control", "no-cache");
  response.body = text;
  return response;
}

void add_page_file(Router& router, std::string_view path, std::string_view summary, std::string_view type,
                   std::string_view text) {
  router.add("GET", path, summary, [type, text](Call&) { return page_file(type, text); })
      .in_group(kGroup)
      .answers(200, text_schema(), type);
}

}  // namespace

void add_document_routes(Router& router, const schema::Registry& registry, const std::string& version,
                         const std::string& prefix) {
  struct Document {
    std::once_flag once;
    std::string text;
  };
  // Written when it is first asked for: by then all routes are known, and most processes are never asked.
  const auto handler = [document = std::make_shared<Document>(), &router, &registry, version, prefix](Call&) {
    std::call_once(document->once, [&] {
      document->text = json::dump(make_openapi(registry, router.routes(), version, prefix)) + "\n";
    });
    return json_text(document->text);
  };
  for (const auto& [path, summary] : {std::pair("/openapi.json", "This document"),
                                      std::pair("/swagger/doc.json", "This document, under the path of v0")}) {
    router.add("GET", path, summary, handler).in_group(kGroup).answers(200, json::Object{{"type", "object"}});
  }
  for (const std::string_view path : {"/docs", "/swagger/index.html"})
    add_page_file(router, path, "A page that shows this document", "text/html", kPageHtml);
  add_page_file(router, "/docs/page.css", "The style of the page", "text/css", kPageCss);
  add_page_file(router, "/docs/page.js", "The script of the page", "text/javascript", kPageJs);
}

}  // namespace threeport::apiserver
