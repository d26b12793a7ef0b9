/// The versions of the API.
package enum APIVersion: Int, Sendable, CaseIterable {
    /// Singular nouns, whole lists.
    case v1 = 1
    /// Plural nouns, lists in pages.
    case v2 = 2

    /// Reads the version from an `Accept` header such as `application/vnd.clusterrunner.v2+json`; nil for any other.
    package init?(accept: String) {
        let prefix = "application/vnd.clusterrunner.v"
        for type in accept.split(separator: ",") {
            let name = type.drop { $0 == " " }.prefix { $0 != ";" && $0 != " " }
            guard name.hasPrefix(prefix), name.hasSuffix("+json"),
                let number = Int(name.dropFirst(prefix.count).dropLast("+json".count)),
                let version = APIVersion(rawValue: number)
            else { continue }
            self = version
            return
        }
        return nil
    }
}
