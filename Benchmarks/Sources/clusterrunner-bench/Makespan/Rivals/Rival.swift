import Foundation

/// Another scheduling strategy on the same draws.
///
/// Each gets all information that is free: its executors and their speed. A static one needs no messages; dynamic ones
/// pay a round trip for each chunk that an executor requests.
enum Rival: String, CaseIterable, Codable {
    /// ClusterRunner 1.x with history: the atoms longest first; the first 80 % of the expected time in big chunks, one
    /// for each executor, so `0.8 * total / executors` long; the rest in small chunks, a quarter of that rest's share
    /// of an executor long. A free executor takes the next chunk. This is our reading of the intent of 1.x (big subjobs
    /// to save overhead, small ones to end evenly), not its code. Without history, each atom is a chunk, as in 1.x.
    case bigAndSmall = "80/20"
    /// Atom after atom to executor after executor, regardless of duration.
    case roundRobin = "round robin"
    /// Longest first, each to the executor that is expected to be free first; nothing moves afterwards.
    case longestFirstSplit = "static LPT"
    /// In the given order, one atom at a time to a free executor.
    case oneAtATime = "one by one"

    /// Returns the duration of the build.
    func makespan(_ work: Work, on site: Site, costs: Costs) -> Double {
        switch self {
        case .bigAndSmall: dynamic(bigAndSmallChunks(work, executors: site.executorsAtStart), work, site, costs)
        case .oneAtATime: dynamic(work.seconds.indices.map { [$0] }, work, site, costs)
        case .roundRobin: fixed(work, site, costs) { $0.roundRobin(work) }
        case .longestFirstSplit: fixed(work, site, costs) { $0.longestFirst(work) }
        }
    }

    private func bigAndSmallChunks(_ work: Work, executors: Int) -> [[Int]] {
        guard let expected = work.expected else { return work.seconds.indices.map { [$0] } }
        let total = expected.reduce(0, +)
        let big = 0.8 * total / Double(executors)
        let small = 0.2 * total / Double(executors) / 4
        var chunks: [[Int]] = []
        var (inChunk, limit) = (0.0, 0.0)
        for index in expected.indices.sorted(by: { expected[$0] > expected[$1] }) {
            if inChunk >= limit {
                // Closed once it is long enough, so that there are never more big chunks than executors.
                limit = chunks.count < executors ? big : small
                chunks.append([])
                inChunk = 0
            }
            chunks[chunks.count - 1].append(index)
            inChunk += expected[index]
        }
        return chunks
    }

    private func dynamic(_ chunks: [[Int]], _ work: Work, _ site: Site, _ costs: Costs) -> Double {
        var free = EventHeap<Double>()
        for slave in site.slaves { for _ in 0..<slave.executors { free.add(slave.speed, at: slave.joins) } }
        var end = 0.0
        for chunk in chunks {
            guard let (time, speed) = free.next() else { break }
            let cost = 2 * costs.latency + costs.perHandOut + Double(chunk.count) * costs.perAtom
            let ended = time + cost + chunk.reduce(0) { $0 + work.seconds[$1] } / speed
            end = max(end, ended)
            free.add(speed, at: ended)
        }
        return end
    }

    private func fixed(_ work: Work, _ site: Site, _ costs: Costs, _ split: (StaticSplit) -> [[Int]]) -> Double {
        let split = split(StaticSplit(executors: site.executorsAtStart))
        let speeds = site.slaves.filter { $0.joins == 0 }.flatMap { Array(repeating: $0.speed, count: $0.executors) }
        return zip(split, speeds).map { atoms, speed in
            atoms.reduce(0) { $0 + work.seconds[$1] } / speed + Double(atoms.count) * costs.perAtom
        }.max() ?? 0
    }
}

extension Site {
    /// The number of executors at the beginning of the build.
    var executorsAtStart: Int { slaves.filter { $0.joins == 0 }.reduce(0) { $0 + $1.executors } }
}

/// An assignment of atoms to executors before the build begins.
struct StaticSplit {
    let executors: Int

    func roundRobin(_ work: Work) -> [[Int]] {
        (0..<executors).map { Array(stride(from: $0, to: work.seconds.count, by: executors)) }
    }

    func longestFirst(_ work: Work) -> [[Int]] {
        guard let expected = work.expected else { return roundRobin(work) }
        var split = Array(repeating: [Int](), count: executors)
        var free = EventHeap<Int>()
        for executor in 0..<executors { free.add(executor, at: 0) }
        for index in expected.indices.sorted(by: { expected[$0] > expected[$1] }) {
            guard let (time, executor) = free.next() else { break }
            split[executor].append(index)
            free.add(executor, at: time + expected[index])
        }
        return split
    }
}
