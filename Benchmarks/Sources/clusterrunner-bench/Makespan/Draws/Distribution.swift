import ArgumentParser
import Foundation

/// The distribution of atoms' durations, in seconds.
enum Distribution: String, CaseIterable, Codable, ExpressibleByArgument {
    /// Uniform between 0.1 and 10.
    case uniform
    /// Log-normal with median 1 and sigma 1, the shape of most test suites.
    case logNormal = "log-normal"
    /// Pareto of at least 0.5 with exponent 1.5, cut at 600: a few atoms are very long.
    case pareto
    /// The durations of a published test suite, drawn with replacement.
    case suite

    /// Draws the durations of a build.
    func draw(_ count: Int, _ suite: SuiteDurations, using generator: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in one(suite, using: &generator) }
    }

    private func one(_ suite: SuiteDurations, using generator: inout SeededGenerator) -> Double {
        switch self {
        case .uniform: Double.random(in: 0.1...10, using: &generator)
        case .logNormal: exp(generator.nextGaussian())
        case .pareto:
            min(600, 0.5 * pow(Double.random(in: Double.leastNonzeroMagnitude...1, using: &generator), -1 / 1.5))
        case .suite: suite.seconds.randomElement(using: &generator) ?? 1
        }
    }
}

extension SeededGenerator {
    /// Draws from the normal distribution with mean 0 and deviation 1.
    mutating func nextGaussian() -> Double {
        let radius = Double.random(in: Double.leastNormalMagnitude...1, using: &self)
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}
