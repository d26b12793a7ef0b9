import Foundation

/// The cost of builds of one size.
struct MasterFigures: Codable {
    let slaves: Int
    let atoms: Int
    /// The seconds from the begin of the work to the last result, for each round.
    var builds: [Double] = []
    /// The seconds from the request to the list of subjobs, for each round.
    var preparations: [Double] = []
    /// The seconds of processor time that the master used, for each round.
    var processor: [Double] = []
    /// The seconds of the reads.
    var latencies: [Double] = []
    /// The maximum memory of the master so far, in bytes.
    var masterMemory = 0

    init(slaves: Int, atoms: Int) {
        self.slaves = slaves
        self.atoms = atoms
    }

    /// The headings of ``row``.
    static let head = [
        "slaves", "atoms", "subjobs/s", "build s", "prepared after s", "master CPU s", "CPU us a subjob", "reads",
        "read p50 ms", "read p99 ms", "read max ms", "master MB",
    ]

    /// The median of the builds.
    var seconds: Double { builds.median }

    /// The medians, and the quantiles of the reads.
    var row: [String] {
        [
            "\(slaves)", "\(atoms)", (Double(atoms) / seconds).fixed(0), seconds.fixed(2), preparations.median.fixed(2),
            processor.median.fixed(2), (processor.median / Double(atoms) * 1e6).fixed(0), "\(latencies.count)",
            (latencies.quantile(0.5) * 1000).fixed(1), (latencies.quantile(0.99) * 1000).fixed(1),
            (latencies.quantile(1) * 1000).fixed(1), "\(masterMemory >> 20)",
        ]
    }
}

/// The growth of one figure with another: the exponent of the best-fitting power law.
struct Growth {
    /// The exponent; 1 is linear.
    let exponent: Double

    /// Fits a line to the logarithms; nil for fewer than two different sizes.
    init?(_ points: [(size: Double, value: Double)]) {
        let logarithms = points.filter { $0.size > 0 && $0.value > 0 }.map { (x: log($0.size), y: log($0.value)) }
        let count = Double(logarithms.count)
        let meanX = logarithms.reduce(0) { $0 + $1.x } / count
        let meanY = logarithms.reduce(0) { $0 + $1.y } / count
        let spread = logarithms.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        guard logarithms.count > 1, spread > 0 else { return nil }
        exponent = logarithms.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
    }
}

extension [Double] {
    /// Returns the smallest value that a share of the values does not exceed.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        let rank = Int((share * Double(count)).rounded(.up))
        return sorted()[Swift.min(Swift.max(rank - 1, 0), count - 1)]
    }
}
