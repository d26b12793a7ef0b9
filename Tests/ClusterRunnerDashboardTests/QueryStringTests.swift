import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerDashboard

struct QueryStringTests {
    @Test func `What a form sends is read`() {
        let query = QueryString("text=a+b%20%C3%A9&state=&job=x%3Dy&bad=%zz&alone")
        #expect(query["text"] == "a b é")
        #expect(query["state"] == nil)
        #expect(query["job"] == "x=y")
        #expect(query["bad"] == "%zz")
        #expect(query["alone"] == nil)
        #expect(query["missing"] == nil)
    }

    @Test func `A path that is not UTF-8 goes through a link as its bytes`() {
        let path = ByteString([0x61, 0x2F, 0xE9, 0x25])
        let text = QueryString().with("path", bytes: path).description
        #expect(text == "path=a/%E9%25")
        #expect(QueryString(text).bytes("path") == path)
        #expect(QueryString(text)["path"] == "a/\\xe9%")
    }

    @Test func `Whatever is put in comes out again`() {
        let hostile = "\"><script>&=?#%+ é\u{0}"
        let query = QueryString().with("text", hostile).with("page", "2").with("page", "3").with("none", nil)
        #expect(QueryString(query.description)["text"] == hostile)
        #expect(query.description.hasSuffix("&page=3"))
        #expect(!query.description.contains("\""))
        #expect(query.with("text", "").after("/x") == "/x?page=3")
        #expect(QueryString().after("/x") == "/x")
    }
}
