package import ClusterRunnerDomain

/// The requested page of a list, from the query string.
package struct PageChoice: Sendable, Equatable {
    let number: Int
    let size: Int

    /// Reads `page` of a query; an invalid number selects the first page.
    package init(_ query: QueryString, size: Int) {
        // Far beyond any list, and small enough for arithmetic.
        number = min(max(1, query["page"].flatMap { Int($0) } ?? 1), 1_000_000)
        self.size = size
    }

    /// The part of the list on this page.
    package var part: StorePage { StorePage(offset: (number - 1) * size, limit: size) }
}

/// The links to the other pages of a list.
struct Pager: Sendable {
    let range: String
    let total: String
    let page: String
    let pages: String
    let isNeeded: Bool
    let first: String?
    let previous: String?
    let next: String?
    let last: String?

    init(_ choice: PageChoice, total: Int, shown: Int, path: String, query: QueryString) {
        let pages = max(1, (total + choice.size - 1) / choice.size)
        let start = (choice.number - 1) * choice.size
        func link(_ number: Int, if isThere: Bool) -> String? {
            guard isThere else { return nil }
            return query.with("page", number == 1 ? nil : String(number)).after(path)
        }
        range = shown == 0 ? "0" : "\(grouped(start + 1))–\(grouped(start + shown))"
        self.total = grouped(total)
        page = grouped(choice.number)
        self.pages = grouped(pages)
        isNeeded = pages > 1 || choice.number > 1
        first = link(1, if: choice.number > 1)
        previous = link(min(choice.number - 1, pages), if: choice.number > 1)
        next = link(choice.number + 1, if: choice.number < pages)
        last = link(pages, if: choice.number < pages)
    }
}

/// A choice of a drop-down list.
struct Option: Sendable {
    let value: String
    let label: String
    let isChosen: Bool
}
