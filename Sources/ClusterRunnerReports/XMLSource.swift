/// The bytes of an XML document in the form that a strict parser takes.
///
/// Test runners write the output of tests as it is: colours, bytes that are not UTF-8, references to characters that XML
/// does not have. All these are replaced by U+FFFD.
struct XMLSource {
    let bytes: [UInt8]

    /// - Throws: ``ReportFault`` when the document declares entities, which could grow without limit.
    init(_ raw: [UInt8]) throws(ReportFault) {
        guard !Self.declaresEntities(raw) else { throw ReportFault("it declares entities") }
        guard Self.isUTF8(raw) else {
            bytes = raw
            return
        }
        let allowed = Self.withoutForbiddenReferences(Self.withoutForbiddenCharacters(raw))
        bytes = Self.withoutLongTexts(allowed)
    }

    /// Whether a declaration of entities is before the root element.
    private static func declaresEntities(_ raw: [UInt8]) -> Bool {
        // Of UTF-16, every other byte.
        let head = raw.prefix(64 << 10).filter { $0 != 0 }
        return String(decoding: head, as: UTF8.self).contains("<!ENTITY")
    }

    /// Whether the document is not declared to be in another encoding.
    private static func isUTF8(_ raw: [UInt8]) -> Bool {
        if raw.starts(with: [0xFE, 0xFF]) || raw.starts(with: [0xFF, 0xFE]) || raw.prefix(4).contains(0) {
            return false
        }
        let head = String(decoding: raw.prefix(200), as: UTF8.self)
        guard let match = head.firstMatch(of: /^\x{FEFF}?<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']/) else {
            return true
        }
        return ["utf-8", "utf8", "us-ascii", "ascii"].contains(match.1.lowercased())
    }

    private static func withoutForbiddenCharacters(_ raw: [UInt8]) -> [UInt8] {
        let text = String(decoding: raw, as: UTF8.self)
        let isClean = text.unicodeScalars.allSatisfy(isAllowed)
        guard !isClean || text.utf8.count != raw.count else { return raw }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(isAllowed(scalar) ? scalar : "\u{FFFD}") }
        return Array(String(clean).utf8)
    }

    /// Whether XML 1.0 has the character.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func withoutForbiddenReferences(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "&")) else { return bytes }
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            clean += rest[..<start]
            let reference = rest[start...].prefix(12)
            guard let end = reference.firstIndex(of: UInt8(ascii: ";")),
                let number = number(of: reference[start...end]), !(Unicode.Scalar(number).map(isAllowed) ?? false)
            else {
                clean.append(UInt8(ascii: "&"))
                rest = rest[(start + 1)...]
                continue
            }
            clean += "\u{FFFD}".utf8
            rest = rest[(end + 1)...]
        }
        return clean + rest
    }

    /// Returns the number of the character that `&#27;` or `&#x1b;` stands for; nil for another reference.
    private static func number(of reference: ArraySlice<UInt8>) -> UInt32? {
        let text = String(decoding: reference, as: UTF8.self)
        guard text.hasPrefix("&#") else { return nil }
        let digits = text.dropFirst(2).dropLast()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        return UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10)
    }
}
