// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "custom-clusterrunner",
    dependencies: [
        // Outside a checkout of ClusterRunner, its URL: `.package(url: "https://…/clusterrunner", from: "2.0.0")`.
        .package(name: "clusterrunner", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        .target(
            name: "MercurialProjectType",
            dependencies: [
                .product(name: "ClusterRunnerPlugin", package: "clusterrunner"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .executableTarget(
            name: "custom-clusterrunner",
            dependencies: [
                "MercurialProjectType",
                .product(name: "ClusterRunner", package: "clusterrunner"),
                .product(name: "DirectoryProjectType", package: "clusterrunner"),
                .product(name: "GitProjectType", package: "clusterrunner"),
            ]
        ),
        .testTarget(
            name: "MercurialProjectTypeTests",
            dependencies: [
                "MercurialProjectType",
                .product(name: "ClusterRunnerPlugin", package: "clusterrunner"),
                .product(name: "ClusterRunnerTesting", package: "clusterrunner"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
