import Mustache

/// Turns the models of pages into HTML.
///
/// Pure: a page is whatever its model holds, and the same model gives the same bytes. Everything that a model holds is
/// escaped where it is put into a page; only the layout takes in HTML as it is, that of the page itself,
/// and the page of an output, that of ``TerminalMarkup``.
package struct Dashboard: Sendable {
    private let library: MustacheLibrary
    private let assets = AssetShelf.current

    /// Parses the templates.
    package init() throws {
        MustacheContentTypes.register(MarkupText(), named: MarkupText.name)
        var library = MustacheLibrary()
        for template in Template.allCases {
            // The engine resets how it escapes for each template, so each says it.
            let text = "{{% CONTENT_TYPE: \(MarkupText.name)}}\n" + template.text
            try library.register(text, named: template.rawValue)
        }
        self.library = library
    }

    /// A whole page.
    package func html(_ page: some Page) -> String {
        let content = render(page, with: type(of: page).template)
        return render(Layout(page: page, content: content, assets: assets.path), with: .layout)
    }

    private func render(_ model: Any, with template: Template) -> String {
        // Nil is a template that is not in the library, and all of them are.
        library.render(model, withTemplate: template.rawValue) ?? ""
    }
}

/// What surrounds every page.
private struct Layout {
    let title: String
    let content: String
    let assets: String
    let feed: String?
    let navigation: [Entry]
    let isPlain: Bool

    /// A link of the navigation.
    struct Entry {
        let label: String
        let path: String
        let isCurrent: Bool
    }

    init(page: some Page, content: String, assets: String) {
        title = page.title
        self.content = content
        self.assets = assets
        feed = page.feed?.path
        isPlain = page.section == nil
        navigation = Section.allCases.map { Entry(label: $0.label, path: $0.path, isCurrent: $0 == page.section) }
    }
}
