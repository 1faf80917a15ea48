#include "base/log.h"

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#pragma GCC diagnostic pop

#include "base/json.h"
#include "base/utf8.h"

namespace threeport::base::log {
namespace {

struct LevelRow {
  Level level;
  std::string_view name;
  std::string_view shout;
};
constexpr std::array kLevels{LevelRow{Level::debug, "debug", "DEBUG"}, LevelRow{Level::info, "info", "INFO"},
                             LevelRow{Level::warn, "warn", "WARN"}, LevelRow{Level::error, "error", "ERROR"}};

/// The program's one log: standard error is one, too.
struct Log {
  std::shared_ptr<spdlog::logger> logger =
      std::make_shared<spdlog::logger>("threeport", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::atomic<Level> level = Level::info;
  std::atomic<Format> format = Format::text;

  Log() { apply({}); }
  void apply(const Options& options) {
    level = options.level;
    format = options.format;
    // Levels are checked here, so the sink lets everything through.
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    const char* pattern =
        options.format == Format::json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v" : "%Y-%m-%dT%H:%M:%SZ %v";
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  }
};

Log& the_log() {
  // Never destroyed: threads may still log while statics are torn down.
  static Log* const log = new Log;
  return *log;
}

std::string text_of(const Error& error) {
  std::string out = error.message;
  if (!error.detail.empty()) out += " (" + error.detail + ")";
  return out;
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

void append_quoted(std::string& out, std::string_view text) {
  if (find_invalid_utf8(text) == std::string_view::npos) {
    json::append_string(out, text);
  } else {
    json::append_string(out, replace_invalid_utf8(text));
  }
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return find_invalid_utf8(text) == std::string_view::npos;
}

void append_text(std::string& out, std::string_view text, Format format) {
  if (format == Format::text && is_plain(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

void append_value(std::string& out, const Field::Data& data, Format format) {
  if (const auto* text = std::get_if<std::string_view>(&data)) {
    append_text(out, *text, format);
  } else if (const auto* error = std::get_if<const Error*>(&data)) {
    append_text(out, text_of(**error), format);
  } else if (const auto* integer = std::get_if<std::int64_t>(&data)) {
    out += std::to_string(*integer);
  } else if (const auto* natural = std::get_if<std::uint64_t>(&data)) {
    out += std::to_string(*natural);
  } else if (const auto* boolean = std::get_if<bool>(&data)) {
    out += *boolean ? "true" : "false";
  } else if (const auto* real = std::get_if<double>(&data)) {
    if (std::isfinite(*real)) {
      out += number_text(*real);
    } else {
      // JSON has no infinities.
      append_text(out, number_text(*real), format);
    }
  }
}

void append_fields(std::string& out, Fields fields, Format format) {
  for (const Field& field : fields) {
    if (format == Format::json) {
      out += ',';
      append_quoted(out, field.key());
      out += ':';
    } else {
      out += ' ';
      out += field.key();
      out += '=';
    }
    append_value(out, field.data(), format);
  }
}

void write(Level level, std::string_view message, Fields fields) {
  Log& log = the_log();
  if (level < log.level.load(std::memory_order_relaxed)) return;
  const Format format = log.format.load(std::memory_order_relaxed);
  const LevelRow& row = kLevels[static_cast<std::size_t>(level)];
  std::string line;
  if (format == Format::json) {
    line += "\"level\":\"";
    line += row.name;
    line += "\",\"message\":";
    append_quoted(line, message);
    append_fields(line, fields, format);
    line += '}';
  } else {
    line += row.shout;
    line += ' ';
    line += message;
    append_fields(line, fields, format);
  }
  log.logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void configure(const Options& options) { the_log().apply(options); }

bool is_enabled(Level level) { return level >= the_log().level.load(std::memory_order_relaxed); }

Result<Level> parse_level(std::string_view name) {
  for (const LevelRow& row : kLevels) {
    if (row.name == name) return row.level;
  }
  return invalid("\"" + std::string(name) + "\" is not a log level: use debug, info, warn or error");
}

void debug(Message message, Fields fields) { write(Level::debug, message.text(), fields); }
void info(Message message, Fields fields) { write(Level::info, message.text(), fields); }
void warn(Message message, Fields fields) { write(Level::warn, message.text(), fields); }
void error(Message message, Fields fields) { write(Level::error, message.text(), fields); }

}  // namespace threeport::base::log
