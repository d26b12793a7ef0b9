import Logging
import Testing

@testable import ClusterRunnerCommands

@Suite struct SecretTests {
    @Test func `Whatever prints a secret prints no part of it`() throws {
        struct Holder {
            let secret: Secret
        }
        let secret = try Secret("hunter2-hunter2")
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        let texts = [
            "\(secret)", String(reflecting: secret), "\(Holder(secret: secret))", "\([secret])", dumped,
            "\(Logger.MetadataValue.stringConvertible(secret))",
        ]
        for text in texts {
            #expect(text.contains("<secret>"))
            #expect(!text.contains("hunter2"))
            // Its bytes, as an array would print them.
            #expect(!text.contains("104"))
        }
    }

    @Test func `A short secret is refused by its length alone`() {
        #expect(refusal { _ = try Secret("hunter2") } == "The secret has 7 characters; it must have at least 8.")
        #expect(refusal { _ = try Secret("größeres") } == nil)
    }

    @Test func `Secrets are equal when all their bytes are`() throws {
        #expect(try Secret("hunter2-a") == Secret("hunter2-a"))
        #expect(try Secret("hunter2-a") != Secret("hunter2-b"))
        #expect(try Secret("hunter2-a") != Secret("hunter2-ab"))
        #expect(try Secret("hunter2-a").bytes == Array("hunter2-a".utf8))
    }
}
