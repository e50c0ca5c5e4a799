// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <set>
#include <spanstream>
#include <unordered_map>

#include "controller/manifest/compose_scalars.h"
#include "controller/manifest/text_check.h"

namespace mooring::manifest {
namespace {

/// Ends the reading of a file from inside yaml-cpp's callbacks; caught in ParseYaml.
struct Stop {
  Diagnostic diagnostic;
};

/// Counts the values of a tree, to bound what aliases may copy.
size_t CountValues(const Node& node) {
  size_t count = 1;
  for (const Member& m : node.members) count += CountValues(m.value);
  for (const Node& item : node.items) count += CountValues(item);
  return count;
}

/// yaml-cpp's words are for those who write parsers; these are for those who write specs.
std::string SyntaxHint(std::string_view message) {
  struct Entry {
    std::string_view words;
    std::string_view hint;
  };
  static constexpr Entry kHints[] = {
      {"illegal map value",
       "check the indentation here and on the line above; a colon needs a space after it, and a "
       "text with a colon and a space in it needs quotes"},
      {"end of map not found", "check the indentation: this line does not fit what stands above"},
      {"end of sequence not found", "check the indentation of this line and of the list above it"},
      {"end of map flow not found", "a { above this place has no }"},
      {"end of sequence flow not found", "a [ above this place has no ]"},
      {"illegal flow end", "this ] or } was never opened"},
      {"referenced anchor is not defined", "define it above with &name, or write the value out"},
      {"illegal tab", "indent with spaces"},
      {"unknown token",
       "put the text in quotes; it starts with a character that YAML keeps for itself"},
      {"unknown escape character", "write \\\\ for a backslash, or use single quotes"},
      {"block scalar", "indent the text below | or > by two spaces"},
  };
  for (const Entry& entry : kHints) {
    if (message.find(entry.words) != std::string_view::npos) return std::string(entry.hint);
  }
  return "check the quotes, brackets and indentation here and on the line above";
}

bool IsIndentedByTab(std::string_view text, const YAML::Mark& mark) {
  const size_t at = std::min(text.size(), static_cast<size_t>(std::max(0, mark.pos)));
  const size_t line = text.substr(0, at).rfind('\n') + 1;
  const size_t end = text.find_first_not_of(" \t", line);
  return text.substr(line, end - line).find('\t') != std::string_view::npos;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, std::string_view text, const Limits& limits, Dialect dialect,
              ParsedFile& result)
      : file_(file),
        text_(text),
        limits_(limits),
        dialect_(dialect),
        columns_(text),
        result_(result) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!result_.documents.empty() && !text_.substr(Offset(mark)).starts_with("---")) {
      throw Stop{At(mark, "this does not belong to what stands above it",
                    "check the indentation; a new document starts with ---")};
    }
    if (result_.documents.size() >= limits_.documents_per_file) {
      throw Stop{At(mark,
                    fmt::format("more than {} documents in one file", limits_.documents_per_file),
                    "split the file")};
    }
    anchors_.clear();
    document_ = {};
    document_.root.at = Place(mark);
  }
  void OnDocumentEnd() override { result_.documents.push_back(std::move(document_)); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = Place(mark);
    Finish(std::move(node), anchor, false);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Stop{
          At(mark, "this alias stands inside the value that it names", "write the value out")};
    }
    CountCopy(found->second, mark);
    Finish(Node(found->second), 0, false);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?";
    if (!plain) CheckQuoteEnds(mark);
    CheckTag(mark, tag);
    if (value.find('\0') != std::string::npos) {
      document_.diagnostics.push_back(At(mark, "this text contains a NUL character", "remove it"));
    }
    Node node = Node::String(Place(mark), value);
    if (plain) ResolvePlain(node);
    if (dialect_ == Dialect::kCompose) ReadTag(tag, node);
    Finish(std::move(node), anchor, plain && value == "<<");
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::Type::kSequence);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Node::Type::kMap);
  }
  void OnMapEnd() override {
    CheckDuplicates(stack_.back().node);
    MergeInto(stack_.back());
    Close();
  }

  Diagnostic At(const YAML::Mark& mark, std::string what, std::string hint) const {
    return Finding(Place(mark), std::move(what), std::move(hint));
  }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< of a map: `key` waits for its value
    bool is_merge = false;
    std::string key;
    Position key_at;
    std::vector<Node> merges;
  };

  Diagnostic Finding(Position at, std::string what, std::string hint) const {
    return {{file_, at.line, at.column}, std::move(what), std::move(hint)};
  }
  size_t Offset(const YAML::Mark& mark) const {
    return std::min(text_.size(), static_cast<size_t>(std::max(0, mark.pos)));
  }
  Position Place(const YAML::Mark& mark) const {
    return {mark.line + 1, columns_.Characters(Offset(mark), mark.column) + 1};
  }

  /// yaml-cpp takes the end of the file for the end of an open quote.
  void CheckQuoteEnds(const YAML::Mark& mark) const {
    size_t start = Offset(mark);
    while (start < text_.size() && (text_[start] == '&' || text_[start] == '!')) {
      start = text_.find_first_of(" \t\r\n", start);
      start = text_.find_first_not_of(" \t\r\n", start);
    }
    if (start < text_.size() && !QuoteEnds(text_, start)) {
      throw Stop{At(mark, "the quote that opens here is never closed", "close it")};
    }
  }
  void ResolvePlain(Node& node) const {
    if (dialect_ == Dialect::kCore) {
      node.type = PlainType(node.text);
      return;
    }
    PlainScalar scalar = ReadPlainScalar(node.text);
    node.type = scalar.type;
    node.text = std::move(scalar.text);
  }
  /// The tags that Compose knows, and YAML's own for a type.
  void ReadTag(const std::string& tag, Node& node) {
    if (tag == "!reset") node.tag = Node::Tag::kReset;
    if (tag == "!override") node.tag = Node::Tag::kOverride;
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (!tag.starts_with(kCore) || !node.IsString()) return;
    const std::string_view name = std::string_view(tag).substr(kCore.size());
    PlainScalar scalar = ReadPlainScalar(node.text);
    const bool fits = (name == "int" && scalar.type == Node::Type::kInteger) ||
                      (name == "bool" && scalar.type == Node::Type::kBool) ||
                      (name == "null" && scalar.type == Node::Type::kNull) ||
                      (name == "float" &&
                       (scalar.type == Node::Type::kNumber || scalar.type == Node::Type::kInteger));
    if (!fits) return;
    node.type = name == "float" ? Node::Type::kNumber : scalar.type;
    node.text = std::move(scalar.text);
  }
  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (dialect_ == Dialect::kCompose) return;
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    document_.diagnostics.push_back(
        At(mark, "this tag is not read here", "remove it, or quote a text that begins with !"));
  }
  void CountCopy(const Node& node, const YAML::Mark& mark) {
    copied_ += CountValues(node);
    if (copied_ > limits_.alias_values) {
      throw Stop{At(
          mark, fmt::format("anchors and aliases copy more than {} values", limits_.alias_values),
          "write the values out, or split the file")};
    }
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Type type) {
    CheckTag(mark, tag);
    if (stack_.size() >= static_cast<size_t>(limits_.depth)) {
      throw Stop{At(mark, fmt::format("values are nested more than {} deep", limits_.depth),
                    "write it flatter")};
    }
    Frame& frame = stack_.emplace_back();
    frame.node.type = type;
    frame.node.at = Place(mark);
    frame.anchor = anchor;
    if (dialect_ == Dialect::kCompose) ReadTag(tag, frame.node);
  }
  void Close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    Finish(std::move(frame.node), frame.anchor, false);
  }

  /// A value is complete: remembers it for aliases and gives it to what it stands in.
  void Finish(Node node, YAML::anchor_t anchor, bool merge_key) {
    if (anchor != 0) {
      copied_ += CountValues(node);
      if (copied_ > limits_.alias_values) {
        throw Stop{Finding(
            node.at,
            fmt::format("anchors and aliases copy more than {} values", limits_.alias_values),
            "write the values out, or split the file")};
      }
      anchors_[anchor] = node;
    }
    if (stack_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.IsSequence()) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      TakeKey(frame, std::move(node), merge_key);
    } else {
      TakeValue(frame, std::move(node));
    }
  }
  void TakeKey(Frame& frame, Node node, bool merge_key) {
    if (!node.IsScalar()) {
      document_.diagnostics.push_back(
          Finding(node.at, fmt::format("a key must be a text, got {}", TypeName(node.type)),
                  "{{ or { at the start of a text needs quotes around the text"));
    }
    if (dialect_ == Dialect::kCompose && node.IsScalar() && !node.IsString()) {
      document_.diagnostics.push_back(
          Finding(node.at, fmt::format("a key must be a string, got {}", TypeName(node.type)),
                  fmt::format("put it in quotes: \"{}\"", node.text)));
    }
    frame.has_key = true;
    frame.is_merge = merge_key;
    frame.key = std::move(node.text);
    frame.key_at = node.at;
  }
  void TakeValue(Frame& frame, Node node) {
    frame.has_key = false;
    // A value that is left out has the place of what follows it; the key's tells more.
    if (node.IsNull() && node.at.line != frame.key_at.line) node.at = frame.key_at;
    if (frame.is_merge) {
      frame.merges.push_back(std::move(node));
    } else {
      frame.node.members.push_back({std::move(frame.key), frame.key_at, std::move(node)});
    }
  }

  void CheckDuplicates(const Node& map) {
    std::vector<const Member*> sorted;
    sorted.reserve(map.members.size());
    for (const Member& m : map.members) sorted.push_back(&m);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Member* a, const Member* b) { return a->key < b->key; });
    const Member* first = nullptr;
    for (const Member* m : sorted) {
      if (first == nullptr || first->key != m->key) {
        first = m;
      } else if (document_.diagnostics.size() < limits_.findings_per_file) {
        document_.diagnostics.push_back(
            Finding(m->key_at, fmt::format("key \"{}\" is given twice", m->key),
                    fmt::format("the first is at {}:{}:{}; remove one of them", file_,
                                first->key_at.line, first->key_at.column)));
      }
    }
  }
  void MergeInto(Frame& frame) {
    if (frame.merges.empty()) return;
    std::set<std::string> keys;
    for (const Member& m : frame.node.members) keys.insert(m.key);
    std::vector<Node> maps;
    for (Node& merge : frame.merges) {
      if (merge.IsSequence()) {
        std::move(merge.items.begin(), merge.items.end(), std::back_inserter(maps));
      } else {
        maps.push_back(std::move(merge));
      }
    }
    for (Node& map : maps) {
      if (!map.IsMap()) {
        document_.diagnostics.push_back(Finding(
            map.at, fmt::format("<< takes a map or a list of maps, got {}", TypeName(map.type)),
            "name an anchor of a map: <<: *name"));
      }
      for (Member& m : map.members) {
        if (keys.insert(m.key).second) frame.node.members.push_back(std::move(m));
      }
    }
  }

  const std::string& file_;
  std::string_view text_;
  const Limits& limits_;
  const Dialect dialect_;
  ColumnCounter columns_;
  ParsedFile& result_;
  Document document_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  size_t copied_ = 0;
};

}  // namespace

const Node* Node::Find(std::string_view key) const {
  if (!IsMap()) return nullptr;
  for (const Member& m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

Node* Node::Find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).Find(key)); }

std::string_view Node::StringAt(std::string_view key) const {
  const Node* value = Find(key);
  return value != nullptr && value->IsString() ? std::string_view(value->text) : "";
}

Node Node::String(Position place, std::string text) {
  Node node;
  node.type = Type::kString;
  node.at = place;
  node.text = std::move(text);
  return node;
}

Node Node::Integer(Position place, long long value) {
  Node node = String(place, std::to_string(value));
  node.type = Type::kInteger;
  return node;
}

Node Node::Map(Position place) {
  Node node;
  node.type = Type::kMap;
  node.at = place;
  return node;
}

Node Node::Sequence(Position place) {
  Node node;
  node.type = Type::kSequence;
  node.at = place;
  return node;
}

void Node::Add(std::string key, Node value) {
  const Position key_at = value.at;
  members.push_back({std::move(key), key_at, std::move(value)});
}

std::string_view TypeName(Node::Type type) {
  switch (type) {
    case Node::Type::kNull:
      return "nothing";
    case Node::Type::kBool:
      return "true or false";
    case Node::Type::kInteger:
    case Node::Type::kNumber:
      return "a number";
    case Node::Type::kString:
      return "a string";
    case Node::Type::kMap:
      return "a map";
    case Node::Type::kSequence:
      return "a list";
  }
  return "something else";
}

ParsedFile ParseYaml(const std::string& file, std::string_view text, const Limits& limits,
                     Dialect dialect) {
  ParsedFile result;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (auto bad = FindBadByte(text)) {
    result.diagnostics.push_back({{file, bad->line, bad->column}, bad->what, bad->hint});
    return result;
  }
  TreeBuilder builder(file, text, limits, dialect, result);
  try {
    std::ispanstream stream(std::span<const char>(text.data(), text.size()));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    result.diagnostics.push_back(stop.diagnostic);
  } catch (const YAML::Exception& error) {
    result.diagnostics.push_back(builder.At(error.mark, "not valid YAML: " + error.msg,
                                            IsIndentedByTab(text, error.mark)
                                                ? "indent with spaces, not tabs"
                                                : SyntaxHint(error.msg)));
  }
  return result;
}

}  // namespace mooring::manifest
