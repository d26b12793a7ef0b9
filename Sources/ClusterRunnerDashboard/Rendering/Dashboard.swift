import Mustache

/// Renders the models of pages as HTML.
///
/// Pure: the same model gives the same bytes. Every value of a model is escaped, except for two kinds: the layout takes
/// the finished HTML of its page, and outputs of commands are that of ``TerminalMarkup``.
package struct Dashboard: Sendable {
    private let library: MustacheLibrary
    private let assets = AssetShelf.current

    /// Parses the templates.
    package init() throws {
        MustacheContentTypes.register(MarkupText(), named: MarkupText.name)
        var library = MustacheLibrary()
        for template in Template.allCases {
            // The engine resets its escaping for each template, so each template sets it.
            let text = "{{% CONTENT_TYPE: \(MarkupText.name)}}\n" + template.text
            try library.register(text, named: template.rawValue)
        }
        self.library = library
    }

    /// Renders a whole page; `now` is its time in seconds since 1970.
    package func html(_ page: some Page, now: Double) -> String {
        let content = render(page, with: type(of: page).template)
        return render(Layout(page: page, content: content, assets: assets.path, now: now), with: .layout)
    }

    private func render(_ model: Any, with template: Template) -> String {
        // Nil means a template that is missing in the library, which has all of them.
        library.render(model, withTemplate: template.rawValue) ?? ""
    }
}

/// The frame of every page.
private struct Layout {
    let title: String
    let content: String
    let assets: String
    let feed: String?
    let navigation: [Entry]
    let isPlain: Bool
    let now: String

    /// A link of the navigation.
    struct Entry {
        let label: String
        let path: String
        let isCurrent: Bool
    }

    init(page: some Page, content: String, assets: String, now: Double) {
        self.now = String(Int(min(max(0, now), 1e12)))
        title = page.title
        self.content = content
        self.assets = assets
        feed = page.feed?.path
        isPlain = page.section == nil
        navigation = Section.allCases.map { Entry(label: $0.label, path: $0.path, isCurrent: $0 == page.section) }
    }
}
