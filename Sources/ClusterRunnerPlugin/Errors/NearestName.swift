/// Finds the known name that a misspelt one most likely meant.
///
/// The distance is Damerau-Levenshtein (insertions, deletions, substitutions and swaps of neighbours), ignoring case. A
/// name further away than a third of its length is not suggested.
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
    let limit = max(1, name.count / 3)
    return
        known
        // Skips names whose lengths differ too much, such as a whole line mistaken for a name.
        .filter { abs($0.count - name.count) <= limit }
        .map { (name: $0, distance: editDistance(name.lowercased(), $0.lowercased())) }
        .filter { $0.distance <= limit }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?
        .name
}

private func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left)
    let b = Array(right)
    var rows = [Array(0...b.count)]
    for i in 1..<(a.count + 1) {
        var row = [i] + Array(repeating: 0, count: b.count)
        for j in 1..<(b.count + 1) {
            let cost = a[i - 1] == b[j - 1] ? 0 : 1
            row[j] = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], rows[i - 2][j - 2] + 1)
            }
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
