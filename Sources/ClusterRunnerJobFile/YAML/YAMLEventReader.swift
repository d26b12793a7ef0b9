import CYAML

/// An event of libyaml's parser.
struct YAMLEvent {
    let mark: YAMLMark
    let kind: Kind
    var anchor: String?
    var tag: String?

    /// The kind of an event.
    enum Kind {
        case documentStart
        case streamEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart
        case mappingStart
        /// The end of a list or of a map.
        case collectionEnd
        /// An event without a value, such as the end of a document.
        case other
    }
}

/// A reader of YAML texts on libyaml's event parser.
///
/// A class, because libyaml keeps pointers into the parser and the text: both must stay in place until the end.
final class YAMLEventReader {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>
    /// The offsets of the lines; lines end where libyaml ends them.
    private lazy var lineStarts = Self.lineStarts(in: text)

    /// Creates a reader of a text.
    init(_ bytes: [UInt8]) throws(YAMLFault) {
        text = .allocate(capacity: bytes.count)
        _ = text.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            // yaml_parser_delete has nothing to release, since nothing was initialised.
            parser.initialize(to: yaml_parser_t())
            throw YAMLFault(mark: nil, found: "no memory to read it", expected: "a machine with some to spare")
        }
        // Otherwise libyaml would read a text with a UTF-16 mark as UTF-16, and the limits would count half of it.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// Reads the next event; ``YAMLEvent/Kind/streamEnd`` is the last one.
    func next() throws(YAMLFault) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxFault }
        defer { yaml_event_delete(&event) }
        return read(event)
    }

    private func read(_ event: yaml_event_t) -> YAMLEvent {
        let mark = YAMLMark(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            return YAMLEvent(mark: mark, kind: .documentStart)
        case YAML_STREAM_END_EVENT:
            return YAMLEvent(mark: mark, kind: .streamEnd)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(mark: mark, kind: .alias(string(event.data.alias.anchor) ?? ""))
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            return YAMLEvent(
                mark: mark,
                kind: .scalar(scalar(event)),
                anchor: string(data.anchor),
                tag: string(data.tag)
            )
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            return YAMLEvent(mark: mark, kind: .sequenceStart, anchor: string(data.anchor), tag: string(data.tag))
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            return YAMLEvent(mark: mark, kind: .mappingStart, anchor: string(data.anchor), tag: string(data.tag))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return YAMLEvent(mark: mark, kind: .collectionEnd)
        default:
            return YAMLEvent(mark: mark, kind: .other)
        }
    }

    private func scalar(_ event: yaml_event_t) -> YAMLScalar {
        let data = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        // `!` and `!!str` make a plain value a string.
        let isString = ["!", YAML_STR_TAG].contains(string(data.tag))
        var scalar = YAMLScalar(text: text, isPlain: data.style == YAML_PLAIN_SCALAR_STYLE && !isString)
        if data.style == YAML_LITERAL_SCALAR_STYLE {
            scalar.blockMark = blockMark(of: text, below: event.start_mark.line)
        }
        return scalar
    }

    private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}

extension YAMLEventReader {
    /// The syntax error that libyaml found.
    private var syntaxFault: YAMLFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        guard parser.pointee.error != YAML_READER_ERROR else {
            return YAMLFault(
                mark: mark(ofByte: parser.pointee.problem_offset),
                found: "bytes that are no text (\(problem))",
                expected: "UTF-8"
            )
        }
        let context = parser.pointee.context.map {
            " \(String(cString: $0)) that begins at line \(parser.pointee.context_mark.line + 1)"
        }
        return YAMLFault(
            mark: YAMLMark(parser.pointee.problem_mark),
            found: "a syntax error (\(problem)\(context ?? ""))",
            expected: Self.remedy(for: problem + (context ?? ""))
        )
    }

    /// Returns the likely intention, for common mistakes with shell text in YAML.
    private static func remedy(for problem: String) -> String {
        if problem.contains("tab") || problem.contains("cannot start any token") || problem.contains("alias")
            || problem.contains("anchor") || problem.contains("tag")
        {
            return "valid YAML: spaces for indentation, and quotes around text that begins with one of * & ! % @ `"
        }
        if problem.contains("mapping values are not allowed") {
            return "valid YAML: quotes around text that contains \": \""
        }
        return "valid YAML"
    }

    /// Returns the place of a byte: libyaml gives an offset instead of a mark for bytes that it cannot decode.
    private func mark(ofByte offset: Int) -> YAMLMark {
        let before = text.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        return YAMLMark(
            line: line,
            column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        )
    }
}

extension YAMLEventReader {
    /// Returns the place of the first character of a literal block, which begins on the line below its header.
    private func blockMark(of content: String, below header: Int) -> YAMLMark {
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.firstIndex { !$0.isEmpty } ?? 0
        let own = lines.isEmpty ? 0 : lines[first].utf8.prefix { $0 == UInt8(ascii: " ") }.count
        let line = header + 1 + first
        let spaces =
            lineStarts.indices.contains(line) ? text[lineStarts[line]...].prefix { $0 == UInt8(ascii: " ") } : []
        return YAMLMark(line: header + 2, column: max(0, spaces.count - own) + 1)
    }

    private static func lineStarts(in text: UnsafeMutableBufferPointer<UInt8>) -> [Int] {
        var starts = [0]
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "\n"): starts.append(index + 1)
            case UInt8(ascii: "\r") where !text[(index + 1)...].starts(with: [UInt8(ascii: "\n")]):
                starts.append(index + 1)
            case 0x85 where index > 0 && text[index - 1] == 0xC2: starts.append(index + 1)
            case 0xA8, 0xA9: if index > 1, text[index - 2] == 0xE2, text[index - 1] == 0x80 { starts.append(index + 1) }
            default: break
            }
        }
        return starts
    }
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
