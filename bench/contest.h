// Several things measured in turns, A B C A B C ..., so that what disturbs the machine disturbs all of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/figures.h"
#include "bench/load.h"

namespace threeport::bench {

class Contest {
 public:
  /// `turn` measures once; its name is that of the figure.
  void add(const std::string& name, std::function<Turn()> turn);
  /// Gives everybody a turn, `rounds` times.
  void run(int rounds);
  /// The medians: rates, and the 99th percentiles of latency.
  void report(const Figures& figures) const;
  /// Median over the rounds of subject / baseline. Precondition: both were added.
  [[nodiscard]] double share(const std::string& subject, const std::string& baseline) const;

 private:
  struct Contestant {
    std::string name;
    std::function<Turn()> turn;
    std::vector<double> rates, p99s;
  };
  [[nodiscard]] const Contestant& find(const std::string& name) const;
  std::vector<Contestant> contestants_;
};

}  // namespace threeport::bench
