import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import summary  # noqa: E402

PASSED = '<testcase name="A.b" classname="A.b" status="run"><system-out>ok</system-out></testcase>'
FAILED = '<testcase name="A.c" classname="A.c" status="fail"><failure message=""/><system-out/></testcase>'
SKIPPED = ('<testcase name="A.d" classname="A.d" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
           '<system-out>{}</system-out></testcase>')
DISABLED = '<testcase name="A.e" classname="A.e" status="disabled"><disabled message="Disabled"/></testcase>'
OF_GTEST = '<testcase name="b" classname="A" status="run" result="completed"/>'
OF_GTEST_SKIPPED = '<testcase name="d" classname="A" status="run" result="skipped"><skipped message="{}"/></testcase>'


class Summary(unittest.TestCase):
    def run_with(self, *cases, steps=''):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'unit.xml'), 'w', encoding='utf-8') as file:
                file.write('<testsuite>' + ''.join(cases) + '</testsuite>')
            with open(os.path.join(folder, 'steps'), 'w', encoding='utf-8') as file:
                file.write(steps)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = summary.main(folder)
            return code, out.getvalue().strip().split('\n')

    def test_all_passed(self):
        self.assertEqual(self.run_with(PASSED, OF_GTEST, steps='passed check\npassed fuzz json\n'), (0, ['4 passed, 0 failed']))

    def test_a_failure_is_named_and_counts(self):
        self.assertEqual(self.run_with(PASSED, FAILED), (1, ['failed: unit: A.c', '1 passed, 1 failed']))

    def test_a_failed_step_counts(self):
        self.assertEqual(self.run_with(PASSED, steps='failed build of tsan\n'),
                         (1, ['failed: build of tsan', '1 passed, 1 failed']))

    def test_a_skipped_test_fails(self):
        for case in (SKIPPED.format('no cluster'), OF_GTEST_SKIPPED.format('no cluster'), DISABLED):
            code, lines = self.run_with(PASSED, case)
            self.assertEqual((code, lines[-1]), (1, '1 passed, 1 failed'), case)

    def test_a_test_without_the_shared_folder_is_excused(self):
        for case in (SKIPPED.format(summary.EXCUSE), OF_GTEST_SKIPPED.format(summary.EXCUSE)):
            code, lines = self.run_with(PASSED, case)
            self.assertEqual((code, lines[-1]), (0, '1 passed, 0 failed'), case)

    def test_no_tests_at_all_fail(self):
        code, lines = self.run_with(steps='passed check\n')
        self.assertEqual((code, lines[-1]), (1, '1 passed, 1 failed'))

    def test_a_broken_report_fails(self):
        code, lines = self.run_with(PASSED, '<testcase')
        self.assertEqual((code, lines[-1]), (1, '0 passed, 2 failed'))


if __name__ == '__main__':
    unittest.main()
