import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import check_limits  # noqa: E402


def problems(text, path='src/base/a.cpp'):
    return check_limits.check_text(path, text)


LONG = '  step();\n' * 70
SHORT = '  step();\n' * 20


class Functions(unittest.TestCase):
    def test_a_short_function_passes(self):
        self.assertEqual(problems('namespace a {\nvoid f() {\n' + SHORT + '}\n}\n'), [])

    def test_a_long_function_is_named_with_its_line(self):
        (line, sentence), = problems('namespace a {\n\nResult<int> Store::open(int x) const {\n' + LONG + '}\n}\n')
        self.assertEqual(line, 3)
        self.assertIn('Store::open has 72 lines', sentence)

    def test_methods_in_classes_and_after_access_labels_count(self):
        text = 'class A final : public B<int> {\n public:\n  int f() const override {\n' + LONG + '  }\n};\n'
        self.assertEqual(len(problems(text)), 1)

    def test_a_constructor_with_initialisers_counts(self):
        text = 'A::A(int a) : a_{a}, b_(2) {\n' + LONG + '}\n'
        self.assertEqual(len(problems(text)), 1)

    def test_templates_count(self):
        self.assertEqual(len(problems('template <typename T, std::vector<int> V>\nvoid f(T x) {\n' + LONG + '}\n')), 1)

    def test_tests_count(self):
        (_, sentence), = problems('TEST(Store, keeps_what_it_is_given) {\n' + LONG + '}\n')
        self.assertIn('the test Store, keeps_what_it_is_given', sentence)

    def test_namespaces_types_and_tables_may_be_long(self):
        self.assertEqual(problems('namespace {\n' + '\n' * 90 + '}\n'), [])
        self.assertEqual(problems('struct A {\n' + '  int a;\n' * 90 + '};\n'), [])
        self.assertEqual(problems('const Row table[] = {\n' + '  {1, "a(b)"},\n' * 90 + '};\n'), [])

    def test_blocks_inside_a_function_belong_to_it(self):
        body = '  if (a) {\n' + '    b();\n' * 20 + '  }\n'
        self.assertEqual(problems('void f() {\n' + body + '}\n'), [])
        self.assertEqual(len(problems('void f() {\n' + body * 3 + '}\n')), 1)

    def test_macros_comments_and_texts_do_not_confuse_it(self):
        text = '#define A(x) { \\\n  x\n// {\nauto s = "{"; auto c = \'{\'; auto r = R"({)";\nvoid f() {\n' + SHORT + '}\n'
        self.assertEqual(problems(text), [])


class Constructors(unittest.TestCase):
    def test_six_parameters_pass_and_seven_do_not(self):
        text = 'class A {{\n public:\n  explicit A({});\n  int b;\n}};\n'
        self.assertEqual(problems(text.format('int a, std::map<int, int> b, int c, int d, int e, int f'), 'src/a/a.h'), [])
        (line, sentence), = problems(text.format('int a, int b, int c, int d,\n    int e, int f, int g'), 'src/a/a.h')
        self.assertEqual(line, 3)
        self.assertIn('A takes 7 parameters', sentence)

    def test_other_members_may_take_more(self):
        self.assertEqual(problems('class A {\n  void f(int a, int b, int c, int d, int e, int f, int g);\n};\n'), [])


class Files(unittest.TestCase):
    def test_a_file_of_more_than_500_lines_is_refused(self):
        self.assertEqual(problems('\n' * 500), [])
        self.assertIn('501 lines', problems('\n' * 501)[0][1])


if __name__ == '__main__':
    unittest.main()
