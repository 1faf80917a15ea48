import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Usage(unittest.TestCase):
    def dev(self, *arguments):
        return subprocess.run([os.path.join(ROOT, 'dev'), *arguments], capture_output=True, text=True, cwd='/')

    def test_an_unknown_command_shows_the_usage_and_exits_with_2(self):
        done = self.dev('bild')
        self.assertEqual(done.returncode, 2)
        self.assertIn('usage: ./dev COMMAND', done.stderr)
        self.assertIn('no command bild', done.stderr)

    def test_wrong_arguments_are_named_and_exit_with_2(self):
        for arguments in (['build', 'fast'], ['check', '--everything'], ['demo', 'x'], ['setup', 'nothing'], ['test', 'a', 'b']):
            done = self.dev(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn('./dev help', done.stderr)

    def test_help_names_every_command_that_there_is(self):
        done = self.dev('help')
        self.assertEqual(done.returncode, 0)
        for command in 'setup build test check fmt up down demo bench cluster'.split():
            self.assertRegex(done.stdout, rf'(?m)^  ([a-z]+, )?{command}\b')


if __name__ == '__main__':
    unittest.main()
