'use strict';

/* Shows a release's tag wherever asv's pages would show its commit's hash, and understands it in their addresses. */
$(document).ready(function() {
    var hash_at = $.asv.get_commit_hash;
    var revision_of_hash = $.asv.get_revision;

    $.asv.get_commit_hash = function(revision) {
        var tags = $.asv.main_json.tags;
        for (var tag in tags) {
            if (tags[tag] == revision) {
                return tag;
            }
        }
        return hash_at(revision);
    };

    $.asv.get_revision = function(name) {
        var tags = $.asv.main_json.tags;
        for (var tag in tags) {
            /* "v2.15.1-v2.16.2": somewhere after the first; the second is where it was first seen */
            if (name == tag || name.endsWith('-' + tag)) {
                return tags[tag];
            }
        }
        return revision_of_hash(name);
    };
});
