import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_docs  # noqa: E402


class Links(unittest.TestCase):
    FILES = {'docs': '', 'docs/a.md': '# One\n## Two `words`, here\n', 'dev': 'x'}

    def found(self, text, path='docs/b.md'):
        return [sentence for _, sentence in check_docs.check_links(path, text, self.FILES.get)]

    def test_links_to_files_folders_headings_and_the_web_pass(self):
        self.assertEqual(self.found('[a](a.md) [b](../dev) [c](a.md#two-words-here) [d](https://x.y/z) [e](../docs)'), [])

    def test_a_link_to_nothing_is_named(self):
        self.assertEqual(self.found('see [a](c.md)'), ['the link c.md leads nowhere'])
        self.assertEqual(self.found('![a](c.svg)'), ['the link c.svg leads nowhere'])

    def test_a_heading_that_is_not_there_is_named(self):
        self.assertIn('does not have', self.found('[a](a.md#three)')[0])
        self.assertEqual(self.found('# Here\n[a](#here)'), [])

    def test_code_is_not_a_link(self):
        self.assertEqual(self.found('`[a](c.md)`\n```\n[a](c.md)\n```\n'), [])


class Paths(unittest.TestCase):
    def test_paths_of_one_machine_are_refused(self):
        for path in ('/wor' + 'k/main/x', 'cd /ho' + 'me/anna/src', '"x" /tm' + 'p/team/a'):
            self.assertEqual(len(list(check_docs.check_paths(path))), 1, path)

    def test_other_paths_pass(self):
        self.assertEqual(list(check_docs.check_paths('/v0/wor' + 'k/1 $dir/wor' + 'k/x /home/ /var/lib /workload/x')), [])


if __name__ == '__main__':
    unittest.main()
