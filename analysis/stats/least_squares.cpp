// SPDX-License-Identifier: MIT
#include "analysis/stats/least_squares.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace tierwatch {
namespace {

constexpr double kOutsideOfBoth = 0.05, kMostLeaning = 0.9, kNoLength = 1e-12;

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

Matrix matrix_of(std::span<const std::vector<double>> rows) {
  const auto count = static_cast<Eigen::Index>(rows.size());
  const auto columns = static_cast<Eigen::Index>(rows.front().size());
  Matrix matrix(count, columns);
  for (Eigen::Index i = 0; i < count; ++i)
    for (Eigen::Index j = 0; j < columns; ++j)
      matrix(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  return matrix;
}

/// By how much wider intervals are where neighbours lean on each other.
double widening(const Vector& left_over) {
  const std::vector<double> values(left_over.begin(), left_over.end());
  const double rho = std::clamp(lag_one_correlation(values), 0.0, kMostLeaning);
  return std::sqrt((1 + rho) / (1 - rho));
}

}  // namespace

std::optional<ColumnsFit> fit_columns(std::span<const std::vector<double>> rows,
                                      std::span<const double> values) {
  if (rows.empty() || rows.size() < rows.front().size() + 2) return std::nullopt;
  Matrix matrix = matrix_of(rows);
  const Vector scale = matrix.colwise().norm();
  if (scale.minCoeff() <= kNoLength) return std::nullopt;
  matrix = matrix * scale.cwiseInverse().asDiagonal();
  const Eigen::Map<const Vector> right(values.data(), static_cast<Eigen::Index>(values.size()));
  const Eigen::JacobiSVD<Matrix> svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Vector& singular = svd.singularValues();
  ColumnsFit fit;
  fit.condition = singular.maxCoeff() / std::max(singular.minCoeff(), kNoLength);
  const Vector solved = svd.solve(right);
  const Vector left_over = right - matrix * solved;
  const double degrees = static_cast<double>(matrix.rows() - matrix.cols());
  const double spread = std::sqrt(left_over.squaredNorm() / degrees) * widening(left_over);
  const double reach = spread * student_t(kOutsideOfBoth, degrees);
  const Matrix loosened = svd.matrixV() * singular.cwiseMax(kNoLength).cwiseInverse().asDiagonal();
  for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
    const double value = solved[j] / scale[j], error = reach * loosened.row(j).norm() / scale[j];
    fit.coefficients.push_back({value, value - error, value + error});
  }
  return fit;
}

}  // namespace tierwatch
