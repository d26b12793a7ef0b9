import ClusterRunnerWire
import Testing

@Suite struct MessageAuthenticatorTests {
    /// Test cases 1 to 4, 6 and 7 of RFC 4231.
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let key: [UInt8]
        let message: [UInt8]
        let digest: String

        var testDescription: String { name }

        init(_ name: String, key: [UInt8], _ message: [UInt8], _ digest: String...) {
            self.name = name
            self.key = key
            self.message = message
            self.digest = digest.joined()
        }
    }

    static let vectors = [
        Vector(
            "case 1",
            key: .init(repeating: 0x0b, count: 20),
            Array("Hi There".utf8),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        ),
        Vector(
            "case 2",
            key: Array("Jefe".utf8),
            Array("what do ya want for nothing?".utf8),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554",
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
        Vector(
            "case 3",
            key: .init(repeating: 0xaa, count: 20),
            .init(repeating: 0xdd, count: 50),
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39",
            "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
        ),
        Vector(
            "case 4",
            key: Array(1...25),
            .init(repeating: 0xcd, count: 50),
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db",
            "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"
        ),
        Vector(
            "case 6",
            key: .init(repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352",
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        ),
        Vector(
            "case 7",
            key: .init(repeating: 0xaa, count: 131),
            Array("This is a test using a larger than block-size key and a larger than block-size data. ".utf8)
                + Array("The key needs to be hashed before being used by the HMAC algorithm.".utf8),
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944",
            "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"
        ),
    ]

    @Test(arguments: vectors)
    func `The digest is HMAC-SHA512 in lower-case hex`(vector: Vector) throws {
        #expect(try MessageAuthenticator(key: vector.key).digest(of: vector.message) == vector.digest)
    }

    @Test(arguments: vectors)
    func `A message in pieces has the digest of the whole`(vector: Vector) throws {
        var digest = try MessageAuthenticator(key: vector.key).begin()
        for byte in vector.message { try digest.update(CollectionOfOne(byte)) }
        try digest.update([])
        let hex = try digest.finish()
        #expect(hex == vector.digest)
    }

    @Test func `One authenticator serves many messages at once`() async throws {
        let authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
        let expected = try (0..<100).map { try authenticator.digest(of: [UInt8($0)]) }
        let digests = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<100 {
                group.addTask { (number, try authenticator.digest(of: [UInt8(number)])) }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        #expect((0..<100).map { digests[$0] } == expected)
        #expect(Set(expected).count == 100)
    }

    @Test(arguments: [
        ("", "", true), ("abc", "abc", true), ("abc", "abd", false), ("abc", "xbc", false), ("abc", "ab", false),
        ("abc", "abcd", false), ("", "a", false), ("abc", "ABC", false),
    ])
    func `Digests are equal only when every byte is`(left: String, right: String, isEqual: Bool) {
        #expect(MessageAuthenticator.isEqual(left, right) == isEqual)
    }

    @Test func `Each purpose has a key of its own, derived by HKDF from the secret`() throws {
        let secret = Array("secret-secret".utf8)
        let authenticator = try MessageAuthenticator(key: secret)
        let digests = try MessageAuthenticator.Purpose.allCases.map { try authenticator.digest(of: [1, 2], for: $0) }
        #expect(Set(digests).count == digests.count)
        // From RFC 5869 with SHA-512, made with `openssl kdf` from the salt, the secret and the label.
        let signatureKey: [UInt8] = [
            0x2e, 0xd8, 0x4e, 0xaa, 0x38, 0x24, 0x14, 0x38, 0x04, 0x45, 0xca, 0x89, 0x96, 0x69, 0x16, 0x91,
            0x8f, 0x87, 0xb7, 0x77, 0xfa, 0xc8, 0x99, 0xe9, 0x6b, 0x03, 0x96, 0x55, 0x2d, 0xca, 0xe1, 0x61,
            0xe0, 0x06, 0xe7, 0xb6, 0x52, 0xd4, 0x12, 0xe5, 0x1f, 0x80, 0x06, 0xb8, 0x72, 0x97, 0x84, 0x91,
            0x71, 0x8e, 0xce, 0x1c, 0x17, 0x74, 0x33, 0x76, 0xd5, 0x66, 0x2f, 0xc4, 0x1c, 0x6b, 0x5d, 0xb2,
        ]
        let expected = try MessageAuthenticator(key: signatureKey).digest(of: [1, 2])
        #expect(try authenticator.digest(of: [1, 2], for: .signature) == expected)
    }
}
