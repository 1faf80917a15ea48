#include "bench/contest.h"

#include <algorithm>

#include "base/result.h"

namespace threeport::bench {

void Contest::add(const std::string& name, std::function<Turn()> turn) {
  contestants_.push_back({.name = name, .turn = std::move(turn), .rates = {}, .p99s = {}});
}

void Contest::run(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Contestant& contestant : contestants_) {
      const Turn turn = contestant.turn();
      contestant.rates.push_back(turn.per_second);
      if (turn.p99_ms > 0) contestant.p99s.push_back(turn.p99_ms);
    }
  }
}

void Contest::report(const Figures& figures) const {
  for (const Contestant& contestant : contestants_) {
    figures.add(contestant.name, median(contestant.rates), "1/s");
    if (!contestant.p99s.empty()) figures.add(contestant.name + "_p99", median(contestant.p99s), "ms");
  }
}

double Contest::share(const std::string& subject, const std::string& baseline) const {
  const Contestant& above = find(subject);
  const Contestant& below = find(baseline);
  std::vector<double> shares;
  shares.reserve(above.rates.size());
  for (std::size_t i = 0; i < above.rates.size(); ++i) shares.push_back(above.rates[i] / below.rates[i]);
  return median(std::move(shares));
}

const Contest::Contestant& Contest::find(const std::string& name) const {
  const auto it = std::find_if(contestants_.begin(), contestants_.end(),
                               [&](const Contestant& contestant) { return contestant.name == name; });
  TP_ASSERT(it != contestants_.end());
  return *it;
}

}  // namespace threeport::bench
