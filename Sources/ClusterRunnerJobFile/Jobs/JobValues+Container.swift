import ClusterRunnerPlugin

extension JobValues {
    /// Returns the container of a job; nil if it has none.
    mutating func container() -> JobContainer? {
        let options = containerOptions()
        guard let node = node(.container) else {
            if !options.isEmpty {
                report(.containerOptions, found: "options without a container", expected: "\"container\" beside them")
            }
            return nil
        }
        guard let image = string(in: node, .container) else { return nil }
        guard !image.isEmpty, !image.hasPrefix("-"), !image.unicodeScalars.contains(where: Self.isNoName) else {
            report(node, .container, found: excerpt(of: image), expected: JobKey.container.expected)
            return nil
        }
        return JobContainer(image: image, options: options)
    }

    private static func isNoName(_ scalar: Unicode.Scalar) -> Bool { scalar.value <= 0x20 || scalar.value == 0x7f }

    private mutating func containerOptions() -> [String] {
        var options: [String] = []
        for node in list(.containerOptions) {
            guard let option = string(in: node, .containerOptions) else { continue }
            if let fault = Self.fault(of: option, after: options.last) {
                report(node, .containerOptions, found: excerpt(of: option), expected: fault)
            }
            options.append(option)
        }
        return options
    }

    /// Returns what a word should have been, if it would be taken for something else than an option or its value.
    ///
    /// The first word that belongs to no option would be taken for the image, and the rest for its command.
    private static func fault(of word: String, after last: String?) -> String? {
        guard word.hasPrefix("-") else {
            let isValue = last.map { $0.hasPrefix("-") && !$0.contains("=") } ?? false
            return isValue ? nil : "an option, such as \"--network=host\", or the value of the option before it"
        }
        guard word.contains(where: { $0 != "-" }) else { return "an option with a name, such as \"--network=host\"" }
        let name = word.prefix { $0 != "=" }
        guard !ownOptions.contains(String(name)) else {
            return "another option: ClusterRunner itself sets \(ownOptions.sorted().joined(separator: ", "))"
        }
        return name.contains(" ") ? "one word an entry: \"--network=host\", or \"--network\" and \"host\"" : nil
    }

    /// The options without which containers could neither be found nor ended, or would not run the commands.
    static let ownOptions: Set = [
        "--cidfile", "--detach", "--entrypoint", "--name", "--pidfile", "--rm", "--workdir", "-d", "-w",
    ]
}
