// SPDX-License-Identifier: MIT
#include "analysis/runs/scalability_fit.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/load/level_cuts.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kFewestLevels = 6;
constexpr double kLeastRange = 4;   ///< of N
constexpr double kDescribes = 0.9;  ///< share of the variance that a curve must explain
constexpr double kFarthest = 2;     ///< times the highest N: beyond, nothing is told
constexpr int kMostRounds = 200;

struct Level {
  double n = 0;
  double rate = 0;
  double weight = 1;
};

using Parameters = Eigen::Vector3d;  ///< λ, σ, κ

double denominator(const Parameters& p, double n) {
  return 1 + p[1] * (n - 1) + p[2] * n * (n - 1);
}
double curve(const Parameters& p, double n) { return p[0] * n / denominator(p, n); }

struct Normal {
  Eigen::Matrix3d matrix = Eigen::Matrix3d::Zero();  ///< Jᵀ W J
  Eigen::Vector3d right = Eigen::Vector3d::Zero();   ///< Jᵀ W r
  double squares = 0;
};

Normal normal_equations(const std::vector<Level>& levels, const Parameters& p) {
  Normal normal;
  for (const Level& level : levels) {
    const double below = denominator(p, level.n), value = curve(p, level.n);
    const Eigen::Vector3d slope(level.n / below, -value * (level.n - 1) / below,
                                -value * level.n * (level.n - 1) / below);
    const double residual = level.rate - value;
    normal.matrix += level.weight * slope * slope.transpose();
    normal.right += level.weight * slope * residual;
    normal.squares += level.weight * residual * residual;
  }
  return normal;
}

/// Of a matrix whose diagonal is first raised by `damping` (a share). The parameters differ by
/// orders of magnitude: what is inverted has a diagonal of 1 + damping.
Eigen::Matrix3d inverse(const Eigen::Matrix3d& matrix, double damping) {
  const Eigen::Vector3d scale = matrix.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  Eigen::Matrix3d scaled = scale.asDiagonal() * matrix * scale.asDiagonal();
  scaled.diagonal() *= 1 + damping;
  const Eigen::Matrix3d inverted = scaled.inverse();
  return scale.asDiagonal() * inverted * scale.asDiagonal();
}

/// Levenberg and Marquardt's method. σ and κ are held at zero where they would fall below.
Parameters least_squares(const std::vector<Level>& levels) {
  double best = 0;
  for (const Level& level : levels) best = std::max(best, level.rate / level.n);
  Parameters p(best, 0.01, 1e-5);
  double damping = 1e-3;
  Normal now = normal_equations(levels, p);
  for (int round = 0; round < kMostRounds && damping < 1e12; ++round) {
    Parameters next = p + inverse(now.matrix, damping) * now.right;
    next = next.cwiseMax(Parameters(best * 1e-3, 0, 0));
    const Normal there = normal_equations(levels, next);
    if (!(there.squares < now.squares)) {
      damping *= 4;
      continue;
    }
    const bool settled = now.squares - there.squares < 1e-12 * now.squares;
    p = next;
    now = there;
    damping = std::max(1e-12, damping / 4);
    if (settled) break;
  }
  return p;
}

/// Distinct levels of N: steps that are nearly equal are one.
std::vector<Level> levels_of(std::span<const LoadStep> steps, bool by_little) {
  std::vector<Level> levels;
  for (const LoadStep& step : steps) {
    const auto n = by_little ? step.under_way() : step.users;
    if (!n || *n <= 0 || !step.requests_per_second) continue;
    levels.push_back(
        {*n, step.requests_per_second->value * (1 - step.error_ratio.value_or(0)), step.seconds()});
  }
  std::ranges::sort(levels, {}, &Level::n);
  std::vector<Level> distinct;
  for (const Level& level : levels) {
    if (distinct.empty() || level.n > distinct.back().n * (1 + kSameLevel)) {
      distinct.push_back(level);
      continue;
    }
    Level& same = distinct.back();
    const double weight = same.weight + level.weight;
    same.n = (same.n * same.weight + level.n * level.weight) / weight;
    same.rate = (same.rate * same.weight + level.rate * level.weight) / weight;
    same.weight = weight;
  }
  return distinct;
}

std::string not_enough(const std::vector<Level>& levels, std::span<const LoadStep> steps) {
  if (levels.empty()) return "neither users nor latency are known";
  if (levels.size() < kFewestLevels)
    return count_of(double(levels.size()), "level") + " of load, six are needed";
  if (levels.back().n < kLeastRange * levels.front().n)
    return "the highest load is only " + few_digits(levels.back().n / levels.front().n) +
           " times the lowest, four times are needed";
  const bool errors = std::ranges::any_of(
      steps, [](const LoadStep& step) { return step.error_ratio.value_or(0) > kManyErrors; });
  if (errors) return "more than 5 % of the requests failed in some step: those are other requests";
  return "";
}

void set_intervals(const std::vector<Level>& levels, const Parameters& p, ScalabilityFit& fit) {
  const Normal normal = normal_equations(levels, p);
  const double degrees = double(levels.size()) - 3;
  const Eigen::Matrix3d covariance = inverse(normal.matrix, 0);
  const double t = student_t(0.05, degrees);
  Estimate* const targets[] = {&fit.lambda, &fit.sigma, &fit.kappa};
  for (int i = 0; i < 3; ++i) {
    const double variance = covariance(i, i) * normal.squares / degrees;
    const double reach = t * std::sqrt(std::max(0.0, variance));
    *targets[i] = {p[i], std::max(0.0, p[i] - reach), p[i] + reach};
  }
}

double explained(const std::vector<Level>& levels, const Parameters& p) {
  double weights = 0, sum = 0, all = 0;
  for (const Level& level : levels) weights += level.weight, sum += level.weight * level.rate;
  for (const Level& level : levels)
    all += level.weight * (level.rate - sum / weights) * (level.rate - sum / weights);
  return all > 0 ? 1 - normal_equations(levels, p).squares / all : 0;
}

void set_peak(ScalabilityFit& fit) {
  if (fit.kappa.low <= 0 || fit.sigma.value >= 1) return;
  const double n = std::sqrt((1 - fit.sigma.value) / fit.kappa.value);
  if (n > kFarthest * fit.highest_n) return;
  fit.peak_n = n;
  fit.peak_requests_per_second = fit.requests_per_second(n);
}

std::string meaning(const ScalabilityFit& fit) {
  if (fit.peak_n)
    return "throughput is highest at " + whole(*fit.peak_n) + " " + fit.over + " (" +
           whole(*fit.peak_requests_per_second) +
           "/s) and falls beyond: the more are served, the "
           "more they hinder each other (κ " +
           two_digits(fit.kappa.value * 1000) + " ‰)";
  if (fit.sigma.low > 0)
    return "throughput approaches " + whole(fit.lambda.value / fit.sigma.value) +
           "/s: " + percent(fit.sigma.value) +
           " of the work waits its turn (σ); no sign of "
           "thrashing (κ may be zero)";
  return "throughput grows with the load as far as it was tried";
}

}  // namespace

double ScalabilityFit::requests_per_second(double n) const {
  return curve(Parameters(lambda.value, sigma.value, kappa.value), n);
}

ScalabilityFit fit_scalability(std::span<const LoadStep> steps) {
  ScalabilityFit fit;
  const bool by_little = !steps.empty() && std::ranges::all_of(steps, [](const LoadStep& step) {
    return step.under_way().has_value();
  });
  fit.over = by_little ? "requests under way" : "users";
  const std::vector<Level> levels = levels_of(steps, by_little);
  if (const std::string why = not_enough(levels, steps); !why.empty()) {
    fit.words = "not fitted: " + why;
    return fit;
  }
  fit.highest_n = levels.back().n;
  const Parameters p = least_squares(levels);
  fit.r_squared = explained(levels, p);
  if (fit.r_squared < kDescribes) {
    fit.words = "not fitted: the curve explains only " + percent(std::max(0.0, fit.r_squared)) +
                " of what was measured";
    return fit;
  }
  fit.fitted = true;
  set_intervals(levels, p, fit);
  set_peak(fit);
  fit.words = meaning(fit);
  return fit;
}

}  // namespace tierwatch
